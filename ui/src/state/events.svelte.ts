// The list of events, newest first, of any length: what is in sight is asked for by its place, and the places are held still by an anchor,
// the sequence up to which the list goes. What arrives while the reader is at the top moves the anchor and is shown; what arrives while
// they read further down waits. Leaves out how a row looks.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { EventPage } from '../ipc/bindings/EventPage';
import type { EventQuery } from '../ipc/bindings/EventQuery';
import type { EventRow } from '../ipc/bindings/EventRow';
import { BLOCK, Blocks } from './blocks';
import { Burst } from './burst';
import { Coalesced } from './coalesced';
import { failure } from './failure';

/** Rows asked for at once. */
export const PAGE = BLOCK;
/** Milliseconds between two drawings in a burst: nobody can read its rows one by one. */
const BURST_REST = 500;
/** So many rows at most fade in, and only so many milliseconds after those before them: what comes in a stream is not shown coming in one by one. */
const FADES = 3;
const CALM = 300;
/** Rows on either side of what is in sight that are asked for with it. */
const AROUND = 60;
/** The same in a burst: they are gone before anyone gets there. */
const AROUND_IN_BURST = 6;
/** Questions for rows under way at most. */
const IN_FLIGHT = 2;
/** Rows passed between two looks that mean that nobody reads: the scrollbar flies. */
const FLIES = 120;
/** Milliseconds after which a flight has landed. */
const LANDED = 60;

/** What came after the anchor and is not in the list. */
interface Waiting {
  count: number;
  /** The newest of them, when they are few enough to be at hand; else none. */
  rows: readonly EventRow[];
  sequence: number;
}

/** What is around a row. */
interface Places {
  /** How many are newer. */
  offset: number;
  rows: readonly EventRow[];
  /** How many there are in all. */
  count: number;
}

export class EventList {
  /** What was asked for last. */
  query = $state('');
  /** New rows that wait for the reader. */
  waiting = $state(0);
  /** The first rows are on their way and nothing is shown yet. */
  loading = $state(true);
  error = $state.raw<ApiError | null>(null);
  /** Rows with a higher sequence came in live: they may fade in. */
  freshAbove = $state(Number.POSITIVE_INFINITY);
  /** Rows put on top since the list began; less where some were found to belong to it no more. */
  top = $state(0);

  /** Rows in the list; until they are counted, those at hand. */
  #listed = $state(0);
  #counted = $state(false);
  #version = $state(0);

  #blocks = new Blocks<EventRow>((row) => row.sequence);
  #query = '';
  #anchor = 0;
  #sequence = 0;
  #pending: Waiting | null = null;
  #atTop = true;
  #generation = 0;
  /** Ranks of one era belong together. */
  #era = 0;
  #first = 0;
  #last = 30;
  #landing: ReturnType<typeof setTimeout> | undefined;
  #flying = new Set<number>();
  #burst = new Burst();
  #shownAt = Number.NEGATIVE_INFINITY;
  #calm: ReturnType<typeof setTimeout> | undefined;
  #delta: Coalesced;
  #again: Coalesced;

  constructor(
    private readonly backend: Backend,
    gap = 25,
  ) {
    this.#delta = new Coalesced(
      () => this.#fetchNewer(),
      () => (this.#burst.isOn ? BURST_REST : gap),
    );
    this.#again = new Coalesced(() => this.#fetchVisibleAgain(), 1000);
  }

  /** Position up to which everything was considered. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Rows in the list, at hand or not. */
  get count(): number {
    return this.#listed;
  }

  /** How many match in all, with those that wait; null until it is known. */
  get total(): number | null {
    return this.#counted ? this.#listed + this.waiting : null;
  }

  /** Rows at hand: at most 10,000, however long the list is. */
  get blocks(): number {
    return this.#blocks.size;
  }

  /** The row at a place, newest first; undefined while it is not at hand. */
  at(index: number): EventRow | undefined {
    void this.#version;
    return this.#blocks.get(this.top - 1 - index);
  }

  /** Where an event stands in the list; -1 where that is not known. */
  indexOf(sequence: number): number {
    void this.#version;
    const rank = this.#blocks.rankOf(sequence);
    return rank === undefined ? -1 : this.top - 1 - rank;
  }

  /** The place of this event stays known while its row is let go: it has the cursor. */
  mark(sequence: number): void {
    this.#blocks.mark(sequence);
  }

  /** Shows what matches. What is shown stays until the answer is there; where it is the same list, the reader stays where they are. */
  async open(query: string): Promise<void> {
    const generation = ++this.#generation;
    this.query = query;
    this.loading = this.#listed === 0;
    try {
      if (query === this.#query && this.#listed > 0) return await this.#renew(generation);
      const page = await this.backend.events(asking(query, {}));
      if (generation !== this.#generation) return;
      this.#query = query;
      this.#era += 1;
      this.#anchor = this.#sequence = page.sequence;
      this.#blocks.clear();
      this.#flying.clear();
      this.#blocks.put(this.top - 1, page.rows);
      this.#listed = page.rows.length;
      this.#counted = page.rows.length < PAGE;
      this.#version += 1;
      this.error = null;
      this.freshAbove = Number.POSITIVE_INFINITY;
      this.#clearWaiting();
      this.loading = false;
      if (!this.#counted) await this.#recount();
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /** Finds the place of an event and brings its row; -1 where it is not in the list. */
  async find(sequence: number): Promise<number> {
    const known = this.indexOf(sequence);
    if (known >= 0 || sequence > this.#anchor) return known;
    const era = this.#era;
    const top = this.top;
    try {
      const newer = await this.#ask({ after: sequence, until: this.#anchor, limit: 1, count: true });
      if (era !== this.#era) return -1;
      await this.#fetchBlock(Math.floor((top - 1 - (newer.total ?? 0)) / BLOCK));
      return this.indexOf(sequence);
    } catch {
      // Not found is not wrong: the event is read beside the list all the same.
      return -1;
    }
  }

  /** The row at a place, asked for where it is not at hand. */
  async bring(index: number): Promise<EventRow | undefined> {
    if (index < 0 || index >= this.#listed) return undefined;
    const rank = this.top - 1 - index;
    try {
      if (!this.#blocks.get(rank)) await this.#fetchBlock(Math.floor(rank / BLOCK));
    } catch (thrown) {
      this.error = failure(thrown);
    }
    return this.#blocks.get(rank);
  }

  /** Something changed, up to this position. */
  changed(sequence: number): void {
    if (this.error?.code === 'query') return;
    if (sequence === this.#sequence) return;
    this.#delta.ask();
    // Less than is known: said before the last answer, or of a view that begins anew. What comes after tells.
    if (sequence > this.#sequence) this.#again.ask();
  }

  /** Where the reader is: at the top the list follows what is new; what is in sight is asked for. */
  scrolled(atTop: boolean, first: number, last = first + 30): void {
    const flies = Math.abs(first - this.#first) > FLIES;
    this.#first = first;
    this.#last = last;
    if (flies) this.#land();
    else if (this.#landing === undefined) this.#look();
    if (atTop === this.#atTop) return;
    this.#atTop = atTop;
    if (atTop && this.waiting > 0) this.showWaiting();
  }

  /** Puts what waits at the top of the list. */
  showWaiting(): void {
    const pending = this.#pending;
    this.#clearWaiting();
    if (pending) this.#putOnTop(pending);
    this.#look();
  }

  stop(): void {
    clearTimeout(this.#landing);
    clearTimeout(this.#calm);
    this.#delta.stop();
    this.#again.stop();
  }

  #ask(wish: Partial<EventQuery>): Promise<EventPage> {
    return this.backend.events(asking(this.#query, wish));
  }

  /** The list that is shown, anew: the reader keeps the row in sight, and what waits goes on waiting. */
  async #renew(generation: number): Promise<void> {
    const before = this.#anchor;
    const newest = await this.#ask({});
    if (generation !== this.#generation) return;
    const until = this.#atTop ? newest.sequence : Math.min(this.#anchor, newest.sequence);
    const { rank, limit } = this.#sight();
    const places = await this.#around(rank, limit, until);
    if (generation !== this.#generation) return;
    const moved = before !== this.#anchor;
    this.#anchor = until;
    this.#sequence = newest.sequence;
    this.#place(rank, places);
    if (until === newest.sequence) {
      this.#blocks.put(this.top - 1, newest.rows);
      this.#clearWaiting();
    }
    this.error = null;
    this.freshAbove = Number.POSITIVE_INFINITY;
    if (moved || until < newest.sequence) this.#delta.ask();
  }

  #clearWaiting(): void {
    this.#pending = null;
    this.waiting = 0;
  }

  #putOnTop({ count, rows, sequence }: Waiting): void {
    this.#anchor = Math.max(this.#anchor, sequence);
    if (count === 0) return;
    const now = performance.now();
    const isCalm = count <= FADES && now - this.#shownAt > CALM;
    this.#shownAt = now;
    this.freshAbove = !isCalm ? Number.POSITIVE_INFINITY : (this.at(0)?.sequence ?? 0);
    this.top += count;
    this.#listed += count;
    this.#blocks.put(this.top - 1, rows);
    this.#version += 1;
  }

  /** Counts what is in the list, up to the anchor. */
  async #recount(): Promise<void> {
    const era = this.#era;
    const top = this.top;
    const page = await this.#ask({ until: this.#anchor, limit: 1, count: true });
    if (era !== this.#era || page.total === null) return;
    this.#listed = page.total + this.top - top;
    this.#counted = true;
    this.#look();
  }

  async #fetchNewer(): Promise<void> {
    const generation = this.#generation;
    const era = this.#era;
    const anchor = this.#anchor;
    // Asked of a list that is no more, or from another place of it: the answer is put nowhere.
    const isOver = () => generation !== this.#generation || era !== this.#era || anchor !== this.#anchor;
    try {
      // Past a page only their number matters: they are brought when they are looked at.
      const many = this.waiting >= PAGE && !this.#atTop;
      const limit = many ? 1 : this.#burst.isOn ? Math.min(PAGE, this.#last - this.#first + 1 + this.#rim()) : PAGE;
      const page = await this.#ask({ after: anchor, limit });
      let count = page.rows.length;
      if (many || count >= limit) {
        // Counted up to the position of these rows: the two are one moment.
        const all = await this.#ask({ after: anchor, until: page.sequence, limit: 1, count: true });
        count = all.total ?? count;
      }
      if (isOver()) {
        this.#delta.ask();
        return;
      }
      if (page.sequence < this.#sequence) {
        // The view was rebuilt and begins anew. A search under way brings its own.
        if (this.query === this.#query) void this.open(this.query);
        return;
      }
      this.#calmError();
      this.#came(count - (this.#pending?.count ?? 0));
      this.#sequence = Math.max(this.#sequence, page.sequence);
      const found = { count, rows: many ? [] : page.rows, sequence: page.sequence };
      if (this.#atTop) {
        this.#clearWaiting();
        this.#putOnTop(found);
        this.#look();
      } else {
        this.#pending = found;
        this.waiting = count;
      }
    } catch (thrown) {
      if (isOver()) this.#delta.ask();
      else if (this.error?.code !== 'query') this.error = failure(thrown);
    }
  }

  /** What was asked worked; that the search was not understood stays said. */
  #calmError(): void {
    if (this.error?.code !== 'query') this.error = null;
  }

  /** So many came at once. After a burst and its rest, what was not looked at meanwhile is. */
  #came(count: number): void {
    this.#burst.came(count, performance.now());
    clearTimeout(this.#calm);
    if (!this.#burst.isOn) return;
    this.#calm = setTimeout(() => {
      this.#burst.over();
      this.#again.ask();
    }, 2 * BURST_REST);
  }

  /** The scrollbar flies: nothing is asked for until it has landed. */
  #land(): void {
    clearTimeout(this.#landing);
    this.#landing = setTimeout(() => {
      this.#landing = undefined;
      this.#look();
    }, LANDED);
  }

  #rim(): number {
    return this.#burst.isOn ? AROUND_IN_BURST : AROUND;
  }

  /** Asks for what is in sight and not at hand: the latest wish first, and few at once. What was passed meanwhile is forgotten. */
  #look(): void {
    if (this.#listed === 0) return;
    const high = this.top - 1 - Math.max(0, this.#first - this.#rim());
    const low = this.top - 1 - Math.min(this.#listed - 1, this.#last + this.#rim());
    this.#blocks.touch(low, high);
    while (this.#flying.size < IN_FLIGHT) {
      const inSight = this.top - 1 - Math.min(this.#first, this.#listed - 1);
      const number =
        this.#blocks.hole(Math.max(low, inSight - (this.#last - this.#first)), inSight, this.#flying) ??
        this.#blocks.hole(low, high, this.#flying);
      if (number === null) return;
      this.#fetchBlock(number).then(
        () => this.#look(),
        // Not asked again by itself: scrolling does, and so does what changes.
        (thrown: unknown) => (this.error = failure(thrown)),
      );
    }
  }

  async #fetchBlock(number: number): Promise<void> {
    const era = this.#era;
    const high = Math.min(number * BLOCK + BLOCK, this.top) - 1;
    const offset = this.top - 1 - high;
    const limit = high - number * BLOCK + 1;
    this.#flying.add(number);
    try {
      const page = await this.#ask({ until: this.#anchor, offset, limit });
      if (era !== this.#era) return;
      this.#blocks.put(high, page.rows);
      this.#calmError();
      // The list ends here, whatever it was counted to be.
      if (page.rows.length < limit) this.#listed = Math.min(this.#listed, this.top - 1 - high + page.rows.length);
      this.#version += 1;
    } finally {
      if (era === this.#era) this.#flying.delete(number);
    }
  }

  /** Attempts and problem states of rows already shown change too: what is in sight is asked for again. */
  async #fetchVisibleAgain(): Promise<void> {
    if (this.#burst.isOn) return;
    const era = this.#era;
    try {
      if (this.#listed === 0) {
        const any = await this.#ask({ until: this.#anchor, limit: 1 });
        // A search under way brings its own.
        const isOver = era !== this.#era || this.#listed > 0 || this.query !== this.#query;
        if (any.rows.length > 0 && !isOver) await this.open(this.query);
        return;
      }
      const { rank, limit, ends } = this.#sight();
      const offset = this.top - 1 - rank;
      // Where the list ends in sight, something may have come to match below.
      const page = await this.#ask({ until: this.#anchor, offset, limit: limit + (ends ? 1 : 0) });
      if (era !== this.#era) return;
      const moved = page.rows.length !== limit || page.rows.some((row, at) => this.#isOther(rank - at, row));
      if (moved) await this.#settle(rank, limit);
      else {
        this.#blocks.put(rank, page.rows);
        this.#version += 1;
      }
    } catch {
      // The next change asks again; what is shown is not wrong, only older.
    }
  }

  /** The rows in sight: the rank of the first, how many, and whether the last of the list is one of them. */
  #sight(): { rank: number; limit: number; ends: boolean } {
    const offset = Math.min(this.#first, this.#listed - 1);
    const rest = this.#listed - offset;
    const limit = Math.min(PAGE, this.#last - this.#first + 1, rest);
    return { rank: this.top - 1 - offset, limit, ends: limit === rest };
  }

  #isOther(rank: number, row: EventRow): boolean {
    const known = this.#blocks.get(rank);
    return known !== undefined && known.sequence !== row.sequence;
  }

  /** Rows came to match, or ceased to, in the middle: places are counted anew around the row the reader has in sight, which stays where it is. */
  async #settle(rank: number, limit: number): Promise<void> {
    const era = this.#era;
    const anchor = this.#anchor;
    const places = await this.#around(rank, limit, anchor);
    if (era === this.#era && anchor === this.#anchor) this.#place(rank, places);
  }

  /** Where the row of a rank stands now, with those after it, and how many there are in all. One not at hand is taken to stand where it did. */
  async #around(rank: number, limit: number, until: number): Promise<Places> {
    const row = this.#blocks.get(rank);
    const place = this.top - 1 - rank;
    const newer = row && (await this.#ask({ after: row.sequence, until, limit: 1, count: true }));
    const offset = newer?.total ?? place;
    const { rows } = await this.#ask({ until, offset, limit });
    const { total } = await this.#ask({ until, limit: 1, count: true });
    return { offset, rows, count: total ?? offset + rows.length };
  }

  /** Begins the places anew from the row of a rank. */
  #place(rank: number, { offset, rows, count }: Places): void {
    this.#era += 1;
    this.#flying.clear();
    this.#blocks.clear();
    this.#blocks.put(rank, rows);
    this.top = rank + 1 + offset;
    this.#listed = count;
    this.#counted = true;
    this.#version += 1;
    this.#look();
  }
}

function asking(query: string, wish: Partial<EventQuery>): EventQuery {
  return { query, before: null, after: null, until: null, offset: null, limit: PAGE, count: false, ...wish };
}
