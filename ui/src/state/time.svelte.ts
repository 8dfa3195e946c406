// A clock that ticks for the eye: ages and "today" follow it. Nothing that matters is decided by it.

export class Ticking {
  now = $state(new Date());
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `every` in milliseconds: an age shown in minutes needs no more. */
  start(every = 5000): void {
    this.stop();
    this.#timer = setInterval(() => (this.now = new Date()), every);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
