// What Today shows and the frame counts: one answer of the program, asked for again when something changed and every five seconds.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Bar } from '../ipc/bindings/Bar';
import type { Counts } from '../ipc/bindings/Counts';
import type { Today } from '../ipc/bindings/Today';
import { viewerZone } from '../text/format';
import { Coalesced } from './coalesced';
import { failure } from './failure';
import type { Live } from './live.svelte';

/** Milliseconds between two askings when nothing is announced. */
const EVERY = 5000;
/** It rests so many times as long as its question took, up to `EVERY`: figures of a long history must not hold up what is read. */
const RESTS = 6;
const HOUR = 3_600_000;

export class TodayState {
  data = $state.raw<Today | null>(null);
  /** The figures of all webhooks: what the frame and the lists count, whatever Today looks at. */
  overall = $state.raw<Counts | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Days in the chart; 1 is by hour. */
  days = $state(14);

  #refresh: Coalesced;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly live: Live,
    private readonly scope: { readonly webhook: string } = { webhook: '' },
    gap = 200,
  ) {
    this.#refresh = new Coalesced(
      () => this.fetch(),
      (took) => Math.max(gap, Math.min(EVERY, RESTS * took)),
    );
  }

  start(): () => void {
    const off = this.live.on('changed', () => this.#refresh.ask());
    this.#timer = setInterval(() => this.#refresh.ask(), EVERY);
    return () => {
      off();
      clearInterval(this.#timer);
      this.#refresh.stop();
    };
  }

  refresh(): void {
    this.#refresh.ask();
  }

  show(days: number): void {
    this.days = days;
    this.#refresh.ask();
  }

  /** The newest event of a bar of an hour, among those of a query; null where it is not one of the newest thousand. */
  async newestOf(bar: Bar, query: string): Promise<number | null> {
    const start = new Date(bar.start).getTime();
    const page = { before: null, after: null, until: null, offset: null, limit: 1000, count: false };
    const rows = await this.backend.events({ query, ...page }).then(
      (found) => found.rows,
      () => [],
    );
    const inside = rows.find(({ received_at }) => {
      const at = new Date(received_at).getTime();
      return at >= start && at < start + HOUR;
    });
    return inside?.sequence ?? null;
  }

  async fetch(): Promise<void> {
    try {
      const { days } = this;
      const { webhook } = this.scope;
      const ask = (of: { days: number; webhook: string }) => this.backend.today({ time_zone: viewerZone(), ...of });
      const [data, all] = await Promise.all([
        ask({ days, webhook }),
        webhook === '' ? null : ask({ days: 1, webhook: '' }),
      ]);
      this.overall = (all ?? data).counts;
      // Asked of something else meanwhile: the next answer is under way.
      if (webhook === this.scope.webhook && days === this.days) this.data = data;
      this.live.receiver = data.receiver;
      this.live.behind = data.receiver.behind;
      this.error = null;
      this.live.seen(data.sequence);
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }
}
