// The inbox: problems by normalised message, opened in place, with a cursor and a selection that keep to their rows by identity. What is
// over (resolved, all) is a plain list. Leaves out what a row looks like and what is done about it.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { ProblemGroup } from '../ipc/bindings/ProblemGroup';
import type { ProblemRow } from '../ipc/bindings/ProblemRow';
import { grouped, readAside } from './aside';
import { Coalesced } from './coalesced';
import { failure } from './failure';
import { PagedList } from './paged.svelte';
import { type Filter, isGrouped, queryOf } from './problem-filters';

/** One line of the list. */
export type Entry =
  | { type: 'group'; id: string; group: ProblemGroup; expanded: boolean }
  | { type: 'problem'; id: string; row: ProblemRow; group: ProblemGroup | null; level: 1 | 2 }
  | { type: 'rest'; id: string; group: ProblemGroup; count: number };

/** What an act is about: the ids, and how many there are where they are more than can be named at once. */
export interface Target {
  ids: readonly number[];
  all: number;
  /** Those of them whose rows are known here. */
  rows: readonly ProblemRow[];
}

export const problemEntry = (id: number) => `p${id}`;
export const groupEntry = (group: string) => `g${group}`;

/** What the program said of a filter's question. */
interface Answer {
  sequence: number;
  aside: number;
  problems: number;
  beyond: boolean;
  groups: readonly ProblemGroup[];
}

export class Inbox {
  filter = $state<Filter>('open');
  groups = $state.raw<readonly ProblemGroup[]>([]);
  /** Problems in all groups of this filter, also in those that are not listed. */
  problems = $state(0);
  /** Some of those put aside were not found among the newest thousands of problems. */
  beyond = $state(false);
  /** Problems put aside, as far as this filter's question covered them. */
  aside = $state<number | null>(null);
  loading = $state(true);
  error = $state.raw<ApiError | null>(null);
  /** Problems that came while the reader was further down or choosing. */
  waiting = $state(0);
  /** The line with the cursor. */
  cursor = $state<string | null>(null);
  /** The group that is read in the pane. */
  reading = $state<string | null>(null);
  selected = $state.raw<ReadonlySet<number>>(new Set());

  readonly list: PagedList<ProblemRow>;
  #expanded = $state.raw<ReadonlySet<string>>(new Set());
  #text = '';
  #sequence = -1;
  #atTop = true;
  #pending: readonly ProblemGroup[] | null = null;
  #generation = 0;
  #anchor: string | null = null;
  #refresh: Coalesced;

  readonly entries: readonly Entry[] = $derived.by(() => this.#lines());

  constructor(
    private readonly backend: Backend,
    gap = 250,
  ) {
    this.#refresh = new Coalesced(() => this.#again(), gap);
    this.list = new PagedList(
      {
        fetch: (query) => backend.problems(query),
        count: (query) => backend.countRows('problems', query),
        key: (row) => row.id,
        identity: (row) => String(row.id),
      },
      gap,
    );
  }

  // --- what is shown ---------------------------------------------------------------------------------------------------

  get grouped(): boolean {
    return isGrouped(this.filter);
  }

  get query(): string {
    return queryOf(this.filter, this.#text);
  }

  async open(filter: Filter, text: string): Promise<void> {
    const generation = ++this.#generation;
    const other = filter !== this.filter || text !== this.#text;
    this.filter = filter;
    this.#text = text;
    this.error = null;
    this.waiting = 0;
    this.#pending = null;
    if (other) {
      this.clear();
      this.reading = null;
    }
    if (!isGrouped(filter)) {
      this.loading = this.list.rows.length === 0 || other;
      if (other) this.list.rows = [];
      await this.list.open(this.query);
      if (generation === this.#generation) this.loading = false;
      return;
    }
    if (other) this.groups = [];
    this.loading = this.groups.length === 0;
    try {
      const answer = await this.#ask();
      if (generation !== this.#generation) return;
      this.#note(answer);
      this.groups = answer.groups;
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  changed(sequence: number): void {
    if (!this.grouped) this.list.changed(sequence);
    else if (sequence !== this.#sequence && this.error?.code !== 'query') this.#refresh.ask();
  }

  /** Asks again whatever the position: what depends on the clock changes without a delivery. */
  refresh(): void {
    if (this.grouped) this.#refresh.ask();
    else this.list.refresh();
  }

  scrolled(atTop: boolean): void {
    this.#atTop = atTop;
    this.list.scrolled(atTop);
    if (atTop && this.selected.size === 0) this.showWaiting();
  }

  showWaiting(): void {
    this.list.showWaiting();
    if (this.#pending) this.groups = this.#pending;
    this.#pending = null;
    this.waiting = 0;
  }

  /** What waits, in either form of the list. */
  get news(): number {
    return this.grouped ? this.waiting : this.list.waiting;
  }

  get fault(): ApiError | null {
    return this.grouped ? this.error : this.list.error;
  }

  stop(): void {
    this.#refresh.stop();
    this.list.stop();
  }

  // --- opening in place --------------------------------------------------------------------------------------------------

  isExpanded(group: string): boolean {
    return this.#expanded.has(group);
  }

  expand(group: string, on: boolean): void {
    if (on === this.#expanded.has(group)) return;
    const next = new Set(this.#expanded);
    if (on) next.add(group);
    else next.delete(group);
    this.#expanded = next;
    // The cursor does not vanish with the rows it was among.
    if (!on && this.indexOf(this.cursor) < 0) this.cursor = groupEntry(group);
  }

  /** → opens a group and then goes in; ← leaves to the group and then closes it. */
  sideways(right: boolean): void {
    const at = this.indexOf(this.cursor);
    const entry = this.entries[at];
    if (!entry) return;
    if (entry.type === 'group') {
      if (entry.expanded && right) this.cursor = this.entries[at + 1]?.id ?? entry.id;
      else this.expand(entry.group.group, right);
    } else if (!right && entry.group && (entry.type === 'rest' || entry.level === 2)) {
      this.cursor = groupEntry(entry.group.group);
    }
  }

  // --- the cursor ----------------------------------------------------------------------------------------------------------

  indexOf(id: string | null): number {
    return id === null ? -1 : this.entries.findIndex((entry) => entry.id === id);
  }

  get current(): Entry | null {
    return this.entries[this.indexOf(this.cursor)] ?? null;
  }

  /** Moves the cursor; from nowhere it goes to the first line. With `extending` the lines passed are chosen too. */
  move(by: number, extending = false): Entry | null {
    if (this.entries.length === 0) return null;
    const at = this.indexOf(this.cursor);
    const to = at < 0 ? 0 : Math.max(0, Math.min(this.entries.length - 1, at + by));
    const entry = this.entries[to] ?? null;
    if (extending) this.#extend(at < 0 ? to : at, to);
    else this.#anchor = null;
    this.cursor = entry?.id ?? null;
    return entry;
  }

  /** Puts the cursor on a problem, opening the group it is in. Returns whether it is in the list. */
  show(id: number): boolean {
    const group = this.groups.find((known) => known.problems > 1 && known.newest.some((row) => row.id === id));
    if (group) this.expand(group.group, true);
    const there = this.indexOf(problemEntry(id)) >= 0;
    if (there) this.cursor = problemEntry(id);
    return there;
  }

  /** What is read after these are gone: the next line that stays, or the one before. */
  after(ids: readonly number[]): Entry | null {
    const gone = new Set(ids);
    const goes = (entry: Entry): boolean =>
      entry.type === 'problem' ? gone.has(entry.row.id) : entry.group.ids.every((id) => gone.has(id));
    const last = this.entries.findLastIndex((entry) => goes(entry));
    if (last < 0) return this.current;
    const stays = (entry: Entry) => !goes(entry) && entry.type !== 'rest';
    // Problems under a group that stays come before the next group.
    return this.entries.slice(last + 1).find(stays) ?? this.entries.slice(0, last).findLast(stays) ?? null;
  }

  // --- the selection -------------------------------------------------------------------------------------------------------

  /** Which ids a line stands for. */
  idsOf(entry: Entry): readonly number[] {
    return entry.type === 'problem' ? [entry.row.id] : entry.group.ids;
  }

  chosen(entry: Entry): boolean | 'some' {
    const ids = this.idsOf(entry);
    const count = ids.filter((id) => this.selected.has(id)).length;
    return count === 0 ? false : count === ids.length ? true : 'some';
  }

  toggle(entry: Entry): void {
    this.#choose(this.idsOf(entry), this.chosen(entry) !== true);
    this.#anchor = entry.id;
  }

  /** All of a group. */
  selectGroup(group: string): void {
    const found = this.groups.find((known) => known.group === group);
    if (found) this.#choose(found.ids, true);
  }

  clear(): void {
    this.selected = new Set();
    this.#anchor = null;
    if (this.#atTop) this.showWaiting();
  }

  /** What an act is about: the selection, else what is under the cursor. */
  target(entry: Entry | null = this.current): Target | null {
    if (this.selected.size > 0) {
      const ids = [...this.selected];
      return { ids, all: ids.length, rows: this.#known(this.selected) };
    }
    if (!entry) return null;
    if (entry.type === 'problem') return { ids: [entry.row.id], all: 1, rows: [entry.row] };
    return { ids: entry.group.ids, all: entry.group.problems, rows: entry.group.newest };
  }

  // --- within ----------------------------------------------------------------------------------------------------------------

  #known(ids: ReadonlySet<number>): ProblemRow[] {
    const rows = this.grouped ? this.groups.flatMap((group) => group.newest) : this.list.rows;
    return rows.filter((row) => ids.has(row.id));
  }

  #choose(ids: readonly number[], on: boolean): void {
    const next = new Set(this.selected);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    this.selected = next;
    if (next.size === 0 && this.#atTop) this.showWaiting();
  }

  #extend(from: number, to: number): void {
    this.#anchor ??= this.entries[from]?.id ?? null;
    const anchor = this.indexOf(this.#anchor);
    // What was passed and left again is let go.
    const before = this.#between(anchor, from);
    const after = this.#between(anchor, to);
    this.#choose(before, false);
    this.#choose(after, true);
  }

  #between(one: number, other: number): number[] {
    const lines = this.entries.slice(Math.min(one, other), Math.max(one, other) + 1);
    // An open group stands for what is passed below it, not for all of it.
    return lines.flatMap((entry) => (entry.type === 'group' && entry.expanded ? [] : this.idsOf(entry)));
  }

  #lines(): Entry[] {
    if (!isGrouped(this.filter))
      return this.list.rows.map((row) => ({ type: 'problem', id: problemEntry(row.id), row, group: null, level: 1 }));
    return this.groups.flatMap((group): Entry[] => {
      const [only] = group.newest;
      if (group.problems === 1 && only)
        return [{ type: 'problem', id: problemEntry(only.id), row: only, group, level: 1 }];
      const expanded = this.#expanded.has(group.group);
      const head: Entry = { type: 'group', id: groupEntry(group.group), group, expanded };
      if (!expanded) return [head];
      const rows = group.newest.map((row): Entry => ({
        type: 'problem',
        id: problemEntry(row.id),
        row,
        group,
        level: 2,
      }));
      const count = group.problems - group.newest.length;
      return [head, ...rows, ...(count > 0 ? [{ type: 'rest', id: `r${group.group}`, group, count } as const] : [])];
    });
  }

  /** Asks, and changes nothing: whoever asked knows whether the answer still counts. */
  async #ask(): Promise<Answer> {
    const { filter, query } = this;
    const { sequence, snoozed, problems, groups } = await this.backend.problemGroups({ query, snoozed: false });
    if (filter !== 'snoozed') return { sequence, aside: snoozed, problems, beyond: false, groups };
    const aside = snoozed > 0 ? await readAside(this.backend, query, snoozed) : [];
    return { sequence, aside: snoozed, problems: snoozed, beyond: aside.length < snoozed, groups: grouped(aside) };
  }

  #note({ sequence, aside, problems, beyond }: Answer): void {
    this.#sequence = sequence;
    this.aside = aside;
    this.problems = problems;
    this.beyond = beyond;
  }

  async #again(): Promise<void> {
    const generation = this.#generation;
    try {
      const answer = await this.#ask();
      if (generation !== this.#generation) return;
      this.error = null;
      this.#note(answer);
      this.#take(answer.groups);
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    }
  }

  #take(next: readonly ProblemGroup[]): void {
    const left = new Set(next.flatMap((group) => group.ids));
    if ([...this.selected].some((id) => !left.has(id)))
      this.selected = new Set([...this.selected].filter((id) => left.has(id)));
    if (this.#atTop && this.selected.size === 0) {
      this.groups = next;
      this.#pending = null;
      this.waiting = 0;
      return;
    }
    // The reader is further down, or choosing: what is shown changes in place and goes where it is over; nothing new comes between.
    const shown = new Set(this.groups.flatMap((group) => group.ids));
    this.waiting = next.flatMap((group) => group.ids).filter((id) => !shown.has(id)).length;
    this.#pending = next;
    const fresh = new Map(next.map((group) => [group.group, group]));
    this.groups = this.groups.flatMap((group) => {
      const now = fresh.get(group.group);
      return now ? (this.#held(group, now) ?? []) : [];
    });
  }

  /** A group as it is now, without what is new in it; null where nothing of it is left. */
  #held(before: ProblemGroup, now: ProblemGroup): ProblemGroup | null {
    const known = new Set(before.ids);
    const ids = now.ids.filter((id) => known.has(id));
    const rows = new Map(now.newest.map((row) => [row.id, row]));
    const kept = new Set(now.ids);
    const newest = before.newest.flatMap((row) => rows.get(row.id) ?? (kept.has(row.id) ? row : []));
    if (ids.length === 0) return null;
    // A group of one stays one line as long as it is held.
    const problems = Math.max(ids.length, now.problems - (now.ids.length - ids.length));
    return { ...now, problems, ids, newest };
  }
}
