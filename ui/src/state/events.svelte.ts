// The list of events: pages by keyset, newest first. What arrives while the reader is at the top is shown; what arrives while they
// read further down waits. Leaves out how a row looks.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { EventRow } from '../ipc/bindings/EventRow';
import { Coalesced } from './coalesced';
import { failure } from './failure';

/** Rows asked for at once. */
export const PAGE = 200;
/** Rows kept at most: what is older is reached by narrowing the search. 33 million pixels of 32 px rows would be the web view's end. */
export const MOST_ROWS = 50_000;
/** Rows kept while the list follows what arrives: nobody reads further down then, and scrolling brings them again. */
const FOLLOWED = 1000;
/** So many rows at once are a burst: nobody can read them one by one, so the list is drawn twice a second. */
const BURST = 20;
const BURST_REST = 500;

export class EventList {
  rows = $state.raw<readonly EventRow[]>([]);
  query = $state('');
  /** How many match in all; null until it is known. */
  total = $state<number | null>(null);
  /** New rows that wait for the reader; `waitingMore` when there are more than a page of them. */
  waiting = $state(0);
  waitingMore = $state(false);
  /** The first page is on its way and nothing is shown yet. */
  loading = $state(true);
  loadingOlder = $state(false);
  exhausted = $state(false);
  error = $state.raw<ApiError | null>(null);
  /** Rows with a higher sequence came in live: they may fade in. */
  freshAbove = $state(Number.POSITIVE_INFINITY);

  #sequence = 0;
  #pending: EventRow[] = [];
  #atTop = true;
  #generation = 0;
  #firstVisible = 0;
  #lately = 0;
  #delta: Coalesced;
  #again: Coalesced;
  #count: Coalesced;

  constructor(
    private readonly backend: Backend,
    gap = 60,
  ) {
    this.#delta = new Coalesced(
      () => this.#fetchNewer(),
      () => (this.#lately >= BURST ? BURST_REST : gap),
    );
    this.#again = new Coalesced(() => this.#fetchVisibleAgain(), 1000);
    this.#count = new Coalesced(() => this.#fetchTotal(), 1000);
  }

  /** Position up to which everything was considered. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Shows what matches. What is shown stays until the answer is there. */
  async open(query: string): Promise<void> {
    const generation = ++this.#generation;
    this.query = query;
    this.loading = this.rows.length === 0;
    try {
      const page = await this.backend.events({
        query,
        before: null,
        after: null,
        until: null,
        offset: null,
        limit: PAGE,
        count: true,
      });
      if (generation !== this.#generation) return;
      this.#sequence = page.sequence;
      this.rows = page.rows;
      this.total = page.total;
      this.exhausted = page.rows.length < PAGE;
      this.error = null;
      this.freshAbove = Number.POSITIVE_INFINITY;
      this.#clearWaiting();
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /** The next older page. */
  async older(): Promise<void> {
    const last = this.rows.at(-1);
    if (!last || this.loadingOlder || this.exhausted || this.rows.length >= MOST_ROWS) return;
    const generation = this.#generation;
    this.loadingOlder = true;
    try {
      const page = await this.backend.events({
        query: this.query,
        before: last.sequence,
        after: null,
        until: null,
        offset: null,
        limit: PAGE,
        count: false,
      });
      if (generation !== this.#generation) return;
      this.rows = [...this.rows, ...page.rows.filter((row) => row.sequence < last.sequence)];
      this.exhausted = page.rows.length < PAGE;
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Something changed, up to this position. */
  changed(sequence: number): void {
    if (this.error?.code === 'query') return;
    if (sequence < this.#sequence) {
      void this.open(this.query);
      return;
    }
    if (sequence === this.#sequence) return;
    if (this.waitingMore) this.#count.ask();
    else this.#delta.ask();
    this.#again.ask();
  }

  /** Where the reader is: at the top the list follows what is new. */
  scrolled(atTop: boolean, firstVisible: number): void {
    this.#firstVisible = firstVisible;
    if (atTop === this.#atTop) return;
    this.#atTop = atTop;
    if (atTop && this.waiting > 0) this.showWaiting();
  }

  /** Puts what waits at the top of the list. */
  showWaiting(): void {
    if (this.waitingMore) {
      void this.open(this.query);
      return;
    }
    const pending = this.#pending;
    this.#clearWaiting();
    this.#putOnTop(pending);
  }

  indexOf(sequence: number): number {
    return this.rows.findIndex((row) => row.sequence === sequence);
  }

  stop(): void {
    this.#delta.stop();
    this.#again.stop();
    this.#count.stop();
  }

  #clearWaiting(): void {
    this.#pending = [];
    this.waiting = 0;
    this.waitingMore = false;
  }

  #putOnTop(rows: EventRow[]): void {
    const newest = this.rows[0]?.sequence ?? 0;
    const fresh = rows.filter((row) => row.sequence > newest);
    if (fresh.length === 0) return;
    this.freshAbove = newest;
    const all = [...fresh, ...this.rows];
    const most = this.#atTop ? Math.max(FOLLOWED, fresh.length) : MOST_ROWS;
    if (all.length > most) {
      all.length = most;
      this.exhausted = false;
    }
    this.rows = all;
  }

  async #fetchNewer(): Promise<void> {
    const generation = this.#generation;
    try {
      const page = await this.backend.events({
        query: this.query,
        before: null,
        after: this.#sequence,
        until: null,
        offset: null,
        limit: PAGE,
        count: false,
      });
      if (generation !== this.#generation) return;
      this.error = null;
      this.#sequence = Math.max(this.#sequence, page.sequence);
      this.#lately = page.rows.length;
      if (page.rows.length === 0) return;
      if (page.rows.length >= PAGE) this.#count.ask();
      else if (this.total !== null) this.total += page.rows.length;
      if (page.rows.length >= PAGE && this.#atTop) {
        // The newest of more than a page: what was shown does not follow on it, so these begin the list anew.
        this.freshAbove = Number.POSITIVE_INFINITY;
        this.exhausted = false;
        this.rows = page.rows;
        return;
      }
      if (this.#atTop) {
        this.#putOnTop(page.rows);
        return;
      }
      const known = this.#pending[0]?.sequence ?? this.rows[0]?.sequence ?? 0;
      this.#pending = [...page.rows.filter((row) => row.sequence > known), ...this.#pending];
      this.waiting = this.#pending.length;
      if (this.waiting >= PAGE) {
        this.waitingMore = true;
        this.#pending = [];
      }
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    }
  }

  async #fetchTotal(): Promise<void> {
    const generation = this.#generation;
    const page = await this.backend.events({
      query: this.query,
      before: null,
      after: null,
      until: null,
      offset: null,
      limit: 1,
      count: true,
    });
    if (generation === this.#generation) this.total = page.total;
  }

  /** Attempts and problem states of rows already shown change too: what is in sight is asked for again. */
  async #fetchVisibleAgain(): Promise<void> {
    const generation = this.#generation;
    const above = this.rows[this.#firstVisible - 1];
    const first = this.rows[this.#firstVisible];
    if (!first || this.#lately >= BURST) return;
    try {
      const page = await this.backend.events({
        query: this.query,
        before: above?.sequence ?? first.sequence + 1,
        after: null,
        until: null,
        offset: null,
        limit: PAGE,
        count: false,
      });
      if (generation !== this.#generation) return;
      const low = page.rows.length < PAGE ? 0 : (page.rows.at(-1)?.sequence ?? 0);
      // Rows older than those shown are older()'s to bring.
      const last = this.exhausted ? 0 : (this.rows.at(-1)?.sequence ?? 0);
      const inSight = page.rows.filter((row) => row.sequence <= first.sequence && row.sequence >= last);
      const before = this.rows.filter((row) => row.sequence > first.sequence);
      const after = this.rows.filter((row) => row.sequence < low);
      this.rows = [...before, ...inSight, ...after];
    } catch {
      // The next change asks again; what is shown is not wrong, only older.
    }
  }
}
