// A list of uploads, problems or subjects: rows that change in place, in an order the program decides. Reads pages, asks again when
// something changed, and never moves what a person is reading. Leaves out what a row is.
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Counted } from '../ipc/bindings/Counted';
import type { ListQuery } from '../ipc/bindings/ListQuery';
import { Coalesced } from './coalesced';
import { failure } from './failure';

const PAGE = 200;
/** The most one question may ask for; a list longer than this is refreshed up to here and read on from there. */
const MOST_AT_ONCE = 1000;
/** Between two counts it rests so many times as long as between two questions for rows: a figure at the foot is read, not watched. */
const COUNT_RESTS = 8;

export interface Page<Row> {
  sequence: number;
  rows: Row[];
}

export interface Source<Row> {
  fetch: (query: ListQuery) => Promise<Page<Row>>;
  /** How many match in all, as far as the program counts. */
  count: (query: string) => Promise<Counted>;
  /** What the next page comes after. */
  key: (row: Row) => number;
  /** What makes a row the same row. */
  identity: (row: Row) => string;
}

export class PagedList<Row> {
  rows = $state.raw<readonly Row[]>([]);
  query = $state('');
  loading = $state(true);
  loadingMore = $state(false);
  exhausted = $state(false);
  error = $state.raw<ApiError | null>(null);
  /** How many there are in all; null until it is known. */
  readonly total = $derived.by(() => (this.exhausted ? { rows: this.rows.length, more: false } : this.#counted));
  #counted = $state.raw<Counted | null>(null);
  /** Rows that came while the reader was further down. */
  waiting = $state(0);

  #sequence = -1;
  #atTop = true;
  #pending: readonly Row[] | null = null;
  #generation = 0;
  #refresh: Coalesced;
  #count: Coalesced;

  constructor(
    private readonly source: Source<Row>,
    gap = 250,
  ) {
    this.#refresh = new Coalesced(() => this.#again(), gap);
    this.#count = new Coalesced(() => this.#countAll(), COUNT_RESTS * gap);
  }

  async open(query: string): Promise<void> {
    const generation = ++this.#generation;
    this.query = query;
    this.loading = this.rows.length === 0;
    try {
      const page = await this.source.fetch({ query, before: null, limit: PAGE });
      if (generation !== this.#generation) return;
      this.#sequence = page.sequence;
      this.rows = page.rows;
      this.exhausted = page.rows.length < PAGE;
      this.#counted = null;
      if (!this.exhausted) this.#count.ask();
      this.error = null;
      this.#pending = null;
      this.waiting = 0;
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  async more(): Promise<void> {
    const last = this.rows.at(-1);
    if (!last || this.loadingMore || this.exhausted) return;
    const generation = this.#generation;
    this.loadingMore = true;
    try {
      const page = await this.source.fetch({ query: this.query, before: this.source.key(last), limit: PAGE });
      if (generation !== this.#generation) return;
      const known = new Set(this.rows.map(this.source.identity));
      this.rows = [...this.rows, ...page.rows.filter((row) => !known.has(this.source.identity(row)))];
      this.exhausted = page.rows.length < PAGE;
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    } finally {
      this.loadingMore = false;
    }
  }

  changed(sequence: number): void {
    if (sequence !== this.#sequence && this.error?.code !== 'query') this.#refresh.ask();
  }

  /** Asks again whatever the position: what depends on the clock changes without a delivery. */
  refresh(): void {
    this.#refresh.ask();
  }

  scrolled(atTop: boolean): void {
    this.#atTop = atTop;
    if (atTop) this.showWaiting();
  }

  showWaiting(): void {
    if (!this.#pending) return;
    this.rows = this.#pending;
    this.#pending = null;
    this.waiting = 0;
  }

  stop(): void {
    this.#refresh.stop();
    this.#count.stop();
  }

  /** Errors are said by the list itself. */
  async #countAll(): Promise<void> {
    const generation = this.#generation;
    const counted = await this.source.count(this.query);
    if (generation === this.#generation) this.#counted = counted;
    else this.#count.ask();
  }

  async #again(): Promise<void> {
    const generation = this.#generation;
    const limit = Math.min(MOST_AT_ONCE, Math.max(PAGE, this.rows.length));
    try {
      const page = await this.source.fetch({ query: this.query, before: null, limit });
      if (generation !== this.#generation) return;
      this.error = null;
      this.#sequence = page.sequence;
      const fresh = new Map(page.rows.map((row) => [this.source.identity(row), row]));
      const whole = page.rows.length < limit;
      const shown = new Set(this.rows.map(this.source.identity));
      const beyond = whole ? [] : this.rows.slice(limit).filter((row) => !fresh.has(this.source.identity(row)));
      const next = [...page.rows, ...beyond];
      this.exhausted = whole || (this.exhausted && beyond.length > 0);
      if (!this.exhausted) this.#count.ask();
      if (this.#atTop) {
        this.rows = next;
        return;
      }
      this.#pending = next;
      this.waiting = page.rows.filter((row) => !shown.has(this.source.identity(row))).length;
      this.rows = this.rows
        .filter((row, index) => fresh.has(this.source.identity(row)) || (!whole && index >= limit))
        .map((row) => fresh.get(this.source.identity(row)) ?? row);
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    }
  }
}
