// One request at a time for one purpose: while one is on its way, any number of askings become one more. Leaves out what is asked.

export class Coalesced {
  #running = false;
  #again = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `gap`: milliseconds to rest between the end of one request and the start of the next, or what says how long after one that took so long. */
  constructor(
    private readonly run: () => Promise<void>,
    private readonly gap: number | ((took: number) => number) = 0,
  ) {}

  /** Asks; returns at once. `run` deals with its own errors. */
  ask(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    const since = performance.now();
    void this.run()
      .catch(() => undefined)
      .finally(() => this.#rest(performance.now() - since));
  }

  /** No further request starts. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #rest(took: number): void {
    const next = () => {
      this.#running = false;
      if (this.#again) {
        this.#again = false;
        this.ask();
      }
    };
    const gap = typeof this.gap === 'number' ? this.gap : this.gap(took);
    if (gap === 0) next();
    else this.#timer = setTimeout(next, gap);
  }
}
