// How many uploads stand how, beside a search: the figures on the segments. Leaves out their names.
import type { Backend } from '../ipc/backend';
import type { Counted } from '../ipc/bindings/Counted';
import { Coalesced } from './coalesced';
import { type Segment, SEGMENTS, withSegment } from './upload-segments';

/** Milliseconds between two askings. */
const EVERY = 2000;

export type Figures = Partial<Record<Segment, Counted>>;

export class SegmentCounts {
  /** What is known; empty for a search that was not counted yet. */
  figures = $state.raw<Figures>({});

  #rest: string | null = null;
  #refresh: Coalesced;

  constructor(
    private readonly backend: Pick<Backend, 'countRows'>,
    gap = EVERY,
  ) {
    this.#refresh = new Coalesced(() => this.#count(), gap);
  }

  /** Counts beside this search from now on. */
  of(rest: string): void {
    if (rest !== this.#rest) this.figures = {};
    this.#rest = rest;
    this.#refresh.ask();
  }

  /** Something changed. */
  changed(): void {
    if (this.#rest !== null) this.#refresh.ask();
  }

  stop(): void {
    this.#refresh.stop();
  }

  async #count(): Promise<void> {
    const rest = this.#rest;
    if (rest === null) return;
    const ask = async (segment: Segment) => {
      const counted = await this.backend.countRows('uploads', withSegment(rest, segment));
      return [segment, counted] as const;
    };
    const figures = await Promise.all(SEGMENTS.filter((segment) => segment !== 'all').map(ask)).catch(() => []);
    if (rest === this.#rest) this.figures = Object.fromEntries(figures);
    else this.#refresh.ask();
  }
}
