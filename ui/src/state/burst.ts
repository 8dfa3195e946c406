// Whether events come faster than anyone can read them one by one. Leaves out what is done about it.

/** Fewer than this at once are never a burst. */
const FEW = 20;
/** Events a second from which it is one. A rate, and not a number at once: a list that rests longer finds more each time, and would rest for good. */
const RATE = 250;

export class Burst {
  #isOn = false;
  #last = Number.NEGATIVE_INFINITY;

  get isOn(): boolean {
    return this.#isOn;
  }

  /** So many came since the last time this was said; `now` in milliseconds. */
  came(count: number, now: number): void {
    const elapsed = now - this.#last;
    this.#last = now;
    this.#isOn = count >= FEW && count * 1000 >= RATE * elapsed;
  }

  over(): void {
    this.#isOn = false;
  }
}
