// What Today shows and the frame counts: one answer of the program, asked for again when something changed and every five seconds.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Today } from '../ipc/bindings/Today';
import { viewerZone } from '../text/format';
import { Coalesced } from './coalesced';
import { failure } from './failure';
import type { Live } from './live.svelte';

/** Milliseconds between two askings when nothing is announced. */
const EVERY = 5000;

export class TodayState {
  data = $state.raw<Today | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Days in the chart; 1 is by hour. */
  days = $state(14);
  /** Only what this webhook received; empty: all. */
  webhook = $state('');

  #refresh: Coalesced;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly live: Live,
    gap = 200,
  ) {
    this.#refresh = new Coalesced(() => this.fetch(), gap);
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

  scope(webhook: string): void {
    this.webhook = webhook;
    this.#refresh.ask();
  }

  show(days: number): void {
    this.days = days;
    this.#refresh.ask();
  }

  async fetch(): Promise<void> {
    try {
      const data = await this.backend.today({ time_zone: viewerZone(), days: this.days, webhook: this.webhook });
      this.data = data;
      this.live.receiver = data.receiver;
      this.live.behind = data.receiver.behind;
      this.error = null;
      this.live.seen(data.sequence);
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }
}
