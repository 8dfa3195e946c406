// Two events beside each other: which one the chosen event is compared with, and both with all that is known of them. The older stands left.
// Leaves out what differs and how it is shown.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { EventDetail } from '../ipc/bindings/EventDetail';
import type { EventRow } from '../ipc/bindings/EventRow';
import { term, withTerm } from '../text/query';
import { failure } from './failure';

/** What an event can be compared with, in the order in which it is offered: the event marked for it, or the one before it of the same upload, subject, kind. */
export const WITH = ['marked', 'upload', 'subject', 'kind'] as const;
export type With = (typeof WITH)[number];

export class Comparison {
  /** The event put aside to be compared with. */
  marked = $state.raw<EventRow | null>(null);
  /** The event that is compared; null: none. */
  event = $state.raw<EventRow | null>(null);
  /** What there is to compare it with; null while that is being found out. */
  offers = $state.raw<Partial<Record<With, number>> | null>(null);
  chosen = $state<With | null>(null);
  pair = $state.raw<{ left: EventDetail; right: EventDetail } | null>(null);
  error = $state.raw<ApiError | null>(null);

  #generation = 0;

  constructor(private readonly backend: Pick<Backend, 'events' | 'event'>) {}

  /** Puts an event aside; the same again takes it back. */
  mark(row: EventRow): void {
    this.marked = this.marked?.sequence === row.sequence ? null : row;
  }

  /** Compares an event with what suggests itself. */
  async begin(row: EventRow): Promise<void> {
    const generation = ++this.#generation;
    this.event = row;
    this.offers = null;
    this.pair = null;
    this.chosen = null;
    this.error = null;
    try {
      const before = (query: string | null) => this.#before(row, query);
      const [upload, subject, kind] = await Promise.all([
        before(row.upload_id && term('upload', row.upload_id)),
        before(row.subject_id && term('subject', row.subject_id)),
        before(row.event && term('event', row.event)),
      ]);
      if (generation !== this.#generation) return;
      const marked = this.marked && this.marked.sequence !== row.sequence ? this.marked.sequence : null;
      const found = Object.entries({ marked, upload, subject, kind }).filter(([, sequence]) => sequence !== null);
      this.offers = Object.fromEntries(found) as Partial<Record<With, number>>;
      const first = WITH.find((each) => this.offers?.[each] !== undefined);
      if (first) await this.choose(first);
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    }
  }

  /** Compares with another. What is shown stays until it is there. */
  async choose(which: With): Promise<void> {
    const generation = ++this.#generation;
    const [row, other] = [this.event, this.offers?.[which]];
    if (!row || other === undefined) return;
    this.chosen = which;
    this.error = null;
    try {
      const both = await Promise.all([this.backend.event(row.sequence), this.backend.event(other)]);
      if (generation !== this.#generation) return;
      const [left, right] = both.sort((a, b) => a.row.sequence - b.row.sequence);
      if (left && right) this.pair = { left, right };
    } catch (thrown) {
      if (generation === this.#generation) this.error = failure(thrown);
    }
  }

  close(): void {
    this.#generation += 1;
    this.event = null;
    this.pair = null;
  }

  async #before(row: EventRow, query: string | null): Promise<number | null> {
    if (!query) return null;
    const page = await this.backend.events({
      query: withTerm(query, term('webhook', row.webhook)),
      before: row.sequence,
      after: null,
      until: null,
      offset: null,
      limit: 1,
      count: false,
    });
    return page.rows[0]?.sequence ?? null;
  }
}
