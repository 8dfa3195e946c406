// The board of subjects: all of them (a study has 20 to 500), put in order here, because what wants attention is not an order of the
// history. Leaves out how a row looks.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { SubjectRow } from '../ipc/bindings/SubjectRow';
import { Coalesced } from './coalesced';
import { failure } from './failure';

/** Rows asked for at once. */
const PAGE = 1000;
/** Rows shown at most; more are found by searching. */
export const MOST = 5000;

export const SORTS = ['attention', 'subject', 'site', 'last'] as const;
export type Sort = (typeof SORTS)[number];
export const FILTERS = ['all', 'silent', 'no_upload', 'on_leave', 'finished'] as const;
export type Filter = (typeof FILTERS)[number];

const ATTENTION = ['late', 'overdue', 'no_upload', 'current', 'on_leave', 'finished'];

export function isIn(row: SubjectRow, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'silent':
      return row.state === 'late' || row.state === 'overdue';
    default:
      return row.state === filter;
  }
}

/** Texts with numbers in them in the order of the numbers: 9 before 10, and 000103 where 103 is. */
function byText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  const [left, right] = [Number(a), Number(b)];
  if (a !== '' && b !== '' && !Number.isNaN(left) && !Number.isNaN(right) && left !== right) return left - right;
  return a < b ? -1 : 1;
}

const byName = (a: SubjectRow, b: SubjectRow) => byText(a.label ?? a.subject_id, b.label ?? b.subject_id);
const bySilence = (a: SubjectRow, b: SubjectRow) => byText(a.last_completed_at, b.last_completed_at);

export function sorted(rows: readonly SubjectRow[], sort: Sort): SubjectRow[] {
  const orders: Record<Sort, (a: SubjectRow, b: SubjectRow) => number> = {
    attention: (a, b) => ATTENTION.indexOf(a.state) - ATTENTION.indexOf(b.state) || bySilence(a, b),
    subject: byName,
    site: (a, b) => byText(a.site_id, b.site_id),
    last: bySilence,
  };
  return [...rows].sort((a, b) => orders[sort](a, b) || byName(a, b) || a.key - b.key);
}

export class SubjectBoard {
  all = $state.raw<readonly SubjectRow[]>([]);
  #sort = $state<Sort>('attention');
  #filter = $state<Filter>('all');
  loading = $state(true);
  /** There are more than are shown. */
  more = $state(false);
  wearUntil = $state('');
  error = $state.raw<ApiError | null>(null);

  readonly counts = $derived.by(() => {
    const counts = { all: 0, silent: 0, no_upload: 0, on_leave: 0, finished: 0 };
    for (const row of this.all) for (const filter of FILTERS) if (isIn(row, filter)) counts[filter] += 1;
    return counts;
  });
  readonly #ordered = $derived(
    sorted(
      this.all.filter((row) => isIn(row, this.#filter)),
      this.#sort,
    ),
  );
  /** As it stood when the reader went further down: rows change in place, and nothing moves. */
  #held = $state.raw<readonly number[] | null>(null);
  readonly rows: readonly SubjectRow[] = $derived.by(() => {
    if (this.#held === null) return this.#ordered;
    const known = new Map(this.#ordered.map((row) => [row.key, row]));
    return this.#held.map((key) => known.get(key)).filter((row) => row !== undefined);
  });
  /** Rows that came, into the list or into its filter, while the reader was further down. */
  readonly waiting = $derived(this.#held === null ? 0 : this.#ordered.length - this.rows.length);

  #query = '';
  #atTop = true;
  #sequence = 0;
  #generation = 0;
  #refresh: Coalesced;

  constructor(
    private readonly backend: Pick<Backend, 'subjects'>,
    gap = 1000,
  ) {
    this.#refresh = new Coalesced(() => this.#fetch(this.#generation), gap);
  }

  get sort(): Sort {
    return this.#sort;
  }

  set sort(sort: Sort) {
    this.#sort = sort;
    this.#held = null;
  }

  get filter(): Filter {
    return this.#filter;
  }

  set filter(filter: Filter) {
    this.#filter = filter;
    this.#held = null;
  }

  scrolled(atTop: boolean): void {
    this.#atTop = atTop;
    if (atTop) this.showWaiting();
    else this.#hold();
  }

  showWaiting(): void {
    this.#held = null;
  }

  /** Keeps the order there is. */
  #hold(): void {
    if (!this.#atTop) this.#held ??= this.#ordered.map((row) => row.key);
  }

  async open(query: string): Promise<void> {
    if (query !== this.#query) this.#held = null;
    this.#query = query;
    this.#generation += 1;
    this.loading = this.all.length === 0;
    await this.#fetch(this.#generation);
  }

  changed(sequence: number): void {
    if (sequence > this.#sequence) this.#refresh.ask();
  }

  refresh(): void {
    this.#refresh.ask();
  }

  stop(): void {
    this.#refresh.stop();
  }

  async #fetch(generation: number): Promise<void> {
    const rows: SubjectRow[] = [];
    let before: number | null = null;
    let more = true;
    try {
      let sequence = 0;
      while (more && rows.length < MOST) {
        const page = await this.backend.subjects({ query: this.#query, before, limit: PAGE });
        if (generation !== this.#generation) return;
        sequence ||= page.sequence;
        this.wearUntil = page.wear_until;
        // A subject that moved up while pages were asked for comes once.
        const known = new Set(rows.map((row) => row.key));
        rows.push(...page.rows.filter((row) => !known.has(row.key)));
        before = page.rows.at(-1)?.key ?? null;
        more = page.rows.length === PAGE;
      }
      this.all = rows;
      this.more = more;
      this.#sequence = sequence;
      this.error = null;
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }
}
