// Which element shows which row, and what is drawn in which turn. A page that draws a whole list in one go cannot be used meanwhile: when
// everything in sight is replaced at once the rows follow in turns, some at a time, and elements are used again. Leaves out the markup.

/** Rows drawn in one go. */
const AT_ONCE = 6;
/** Milliseconds between two turns: what was drawn is painted, and keys and clicks are heard. */
const REST = 16;

export class Turns {
  /** Elements of rows there may be so far. */
  #made = $state(AT_ONCE);
  /** Rows drawn as they are now, from the first; the others are drawn as they were `#late` rows ago. */
  #drawn = $state(Number.POSITIVE_INFINITY);
  #late = $state(0);
  #wanted = 0;
  #base = 0;
  #next: ReturnType<typeof setTimeout> | undefined;

  /** How many of so many rows are drawn. More follow by themselves. */
  made(wanted: number): number {
    return Math.min(wanted, this.#made);
  }

  /** So many rows are to be drawn. */
  want(wanted: number): void {
    this.#wanted = wanted;
    if (wanted > this.#made) this.#turn();
  }

  /** So many came on top of a list of which so many rows are drawn, and the reader is at the top. */
  came(by: number, wanted: number): void {
    if (by < wanted) return;
    this.#base += by;
    this.#late += by;
    this.#drawn = AT_ONCE;
    this.#turn();
  }

  /** The place in the list whose row is drawn at the `at`th place in sight. */
  shown(index: number, at: number): number {
    return at < this.#drawn ? index : index + this.#late;
  }

  /** The element of a row of this rank, of so many: the next row in its place has the same. */
  element(rank: number, of: number): number {
    return (((rank - this.#base) % of) + of) % of;
  }

  stop(): void {
    clearTimeout(this.#next);
  }

  #turn(): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => {
      if (this.#late === 0) this.#made += AT_ONCE;
      else if ((this.#drawn += AT_ONCE) >= this.#made) this.#settle();
      if (this.#late > 0 || this.#made < this.#wanted) this.#turn();
    }, REST);
  }

  #settle(): void {
    this.#late = 0;
    this.#drawn = Number.POSITIVE_INFINITY;
  }
}
