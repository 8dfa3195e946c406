// What is asked of the made-up program's history.
import type { Counting } from '../bindings/Counting';
import type { EventQuery } from '../bindings/EventQuery';
import type { GroupQuery } from '../bindings/GroupQuery';
import type { ListQuery } from '../bindings/ListQuery';
import type { ProblemAct } from '../bindings/ProblemAct';
import type { ChangesQuery } from '../bindings/ChangesQuery';
import type { SavedSearch } from '../bindings/SavedSearch';
import type { SubjectAct } from '../bindings/SubjectAct';
import type { SubjectImport } from '../bindings/SubjectImport';
import type { Today } from '../bindings/Today';
import type { TodayQuery } from '../bindings/TodayQuery';
import type { ValuesQuery } from '../bindings/ValuesQuery';
import { actOn, groupsOf } from './problems';
import { asMatched, page, problemsOf, problemsThat, todayOf, uploadsThat } from './lists';
import { awayToday } from './away';
import { matcher, ofEvent, termsOf } from './search';
import { boardOf, type Declared, declareOn, detailOf, importOf, wearUntil } from './subjects';
import { changesOf, checkedSearches, valuesOf } from './window';
import { fail, type FakeOptions, Program } from './program';

const HOUR = 3_600_000;

/** The history, and what the window remembers of looking at it. */
export class Reading extends Program {
  lookedAt: string | null;
  saved: SavedSearch[] = [];
  preferenceValues: Record<string, unknown> = {};
  zoomed = 1;
  #declared = new Map<number, Declared>();

  constructor(options: FakeOptions = {}) {
    super(options);
    this.lookedAt = this.isUsed ? new Date(this.now().getTime() - 15 * HOUR).toISOString() : null;
  }

  today(query: TodayQuery): Promise<Today> {
    return this.answer('today', () => ({
      ...todayOf(this.scene(), query.days, query.webhook),
      ...awayToday(this.awayRows),
    }));
  }

  events(query: EventQuery) {
    return this.answer('events', () => {
      const matches = matcher(query.query);
      const after = query.after ?? Number.NEGATIVE_INFINITY;
      const until = query.until ?? Number.POSITIVE_INFINITY;
      const recent = this.ledger.events
        .filter(({ row }) => row.sequence > after && row.sequence <= until && matches(ofEvent(row)))
        .map((kept) => kept.row)
        .reverse();
      const deep = this.deep.matching(query.query, after, until);
      const total = query.count ? recent.length + deep.count : null;
      const skipped = query.before === null && query.after === null ? (query.offset ?? 0) : 0;
      const before = query.before ?? Number.POSITIVE_INFINITY;
      const newer = recent.filter((row) => row.sequence < before).slice(skipped, skipped + query.limit);
      const older = deep.rows(before, Math.max(0, skipped - recent.length), query.limit - newer.length);
      return { sequence: this.ledger.sequence, rows: [...newer, ...older], total };
    });
  }

  event(sequence: number) {
    return this.answer('event', () => {
      const detail = this.ledger.detail(sequence) ?? this.deep.detail(sequence);
      if (!detail) throw fail('not_found', `There is no event ${sequence}.`);
      return detail;
    });
  }

  uploads(query: ListQuery) {
    return this.answer('uploads', () => {
      const rows = uploadsThat(this.scene(), query.query);
      return { sequence: this.ledger.sequence, rows: page(rows, query, (row) => row.key) };
    });
  }

  countRows(list: Counting, query: string) {
    return this.answer('countRows', () => {
      const rows = (list === 'uploads' ? uploadsThat : problemsThat)(this.scene(), query);
      return { rows: rows.length, more: false };
    });
  }

  subjects(query: ListQuery) {
    return this.answer('subjects', () => {
      const matches = matcher(query.query);
      const rows = boardOf(this.scene(), this.#declared).filter((row) =>
        matches(asMatched({ ...row, message: row.label }, row.state, row.last_completed_at ?? '', false)),
      );
      const shown = page(rows, query, (row) => row.key);
      return { sequence: this.ledger.sequence, rows: shown, wear_until: wearUntil(this.now()) };
    });
  }

  subject(key: number) {
    return this.answer('subject', () => {
      const detail = detailOf(this.scene(), this.#declared, key);
      if (!detail) throw fail('not_found', 'This subject is no longer there.');
      return detail;
    });
  }

  subjectAct(act: SubjectAct) {
    return this.answer('subjectAct', () => {
      const keys = declareOn(this.scene(), this.#declared, act, act.by || this.settingsValue.operator);
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
      return keys;
    });
  }

  subjectsChooseFile() {
    return this.answer('subjectsChooseFile', () => '/home/rossi/Documents/subjects.csv');
  }

  subjectsImport(request: SubjectImport) {
    return this.answer('subjectsImport', () => importOf(request.dry_run));
  }

  changes(query: ChangesQuery) {
    return this.answer('changes', () => changesOf(this.scene(), query));
  }

  looked() {
    return this.answer('looked', () => this.lookedAt);
  }

  look() {
    return this.answer('look', () => {
      this.lookedAt = this.now().toISOString();
    });
  }

  searchTerms(text: string) {
    return this.answer('searchTerms', () => termsOf(text));
  }

  searchValues(query: ValuesQuery) {
    return this.answer('searchValues', () => valuesOf(this.scene(), this.webhookRows, query));
  }

  savedSearches() {
    return this.answer('savedSearches', () => [...this.saved]);
  }

  savedSearchesSet(searches: SavedSearch[]) {
    return this.answer('savedSearchesSet', () => {
      this.saved = checkedSearches(searches);
    });
  }

  preferences() {
    return this.answer('preferences', () => ({ ...this.preferenceValues }));
  }

  preferenceSet(name: string, value: unknown) {
    return this.answer('preferenceSet', () => {
      this.preferenceValues = { ...this.preferenceValues, [name]: value };
    });
  }

  zoom(factor: number) {
    return this.answer('zoom', () => {
      this.zoomed = factor;
    });
  }

  problems(query: ListQuery) {
    return this.answer('problems', () => {
      const rows = problemsThat(this.scene(), query.query);
      return { sequence: this.ledger.sequence, rows: page(rows, query, (row) => row.id) };
    });
  }

  problem(id: number) {
    return this.answer('problem', () => {
      const row = problemsOf(this.scene()).find((known) => known.id === id);
      if (!row) throw fail('not_found', 'This problem is no longer there.');
      const story = this.ledger.stories.get(id) ?? [];
      const failed = story.findLast((line) => line.what === 'failed');
      const detail = failed ? this.ledger.detail(failed.sequence) : null;
      return {
        row,
        story: [...story],
        delivery_id: detail?.row.delivery_id ?? null,
        vendor_webhook_id: detail?.row.vendor_webhook_id ?? null,
        event_received_at: detail?.row.received_at ?? null,
        event_sequence: detail?.row.sequence ?? null,
        silence: null,
      };
    });
  }

  problemGroups(query: GroupQuery) {
    return this.answer('problemGroups', () => groupsOf(this.scene(), query));
  }

  problemAct(act: ProblemAct) {
    return this.answer('problemAct', () => {
      const ids = actOn(this.scene(), act, act.by || this.settingsValue.operator);
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
      return { ids };
    });
  }
}
