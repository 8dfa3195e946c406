// Rows of a list too long to keep: blocks of them by rank, the least recently used let go. A rank is a place that does not move when rows
// come on top: the newest row there at the beginning has rank -1, the next older -2, what comes on top of it 0, 1, 2. Leaves out where
// rows come from.

/** Rows of one block, and of one question. */
export const BLOCK = 200;
/** Blocks kept at most: 10,000 rows, whatever the list's length. */
export const MOST_BLOCKS = 50;

export class Blocks<Row> {
  /** In the order of their last use, the longest unused first. */
  readonly #blocks = new Map<number, (Row | undefined)[]>();
  readonly #ranks = new Map<number, number>();
  #marked: number | null = null;

  constructor(
    private readonly key: (row: Row) => number,
    private readonly most = MOST_BLOCKS,
  ) {}

  get size(): number {
    return this.#blocks.size;
  }

  get(rank: number): Row | undefined {
    return this.#blocks.get(Math.floor(rank / BLOCK))?.[within(rank)];
  }

  /** Where a row is, if it is kept; of the marked row, also when it was let go. */
  rankOf(key: number): number | undefined {
    return this.#ranks.get(key);
  }

  /** The place of this row is remembered: it has the cursor. */
  mark(key: number): void {
    if (this.#marked === key) return;
    const rank = this.#marked === null ? undefined : this.#ranks.get(this.#marked);
    if (this.#marked !== null && rank !== undefined && this.get(rank) === undefined) this.#ranks.delete(this.#marked);
    this.#marked = key;
  }

  /** Rows next to each other, newest first, the first of them at this rank. */
  put(rank: number, rows: readonly Row[]): void {
    for (const [at, row] of rows.entries()) this.#set(rank - at, row);
    for (const [number] of this.#blocks) {
      if (this.#blocks.size <= this.most) break;
      this.#drop(number);
    }
  }

  /** What is looked at is let go last. */
  touch(low: number, high: number): void {
    for (let number = Math.floor(low / BLOCK); number <= Math.floor(high / BLOCK); number += 1) {
      const block = this.#blocks.get(number);
      if (!block) continue;
      this.#blocks.delete(number);
      this.#blocks.set(number, block);
    }
  }

  /** The newest block among these ranks that has a hole there, leaving out some. */
  hole(low: number, high: number, except: ReadonlySet<number>): number | null {
    for (let rank = high; rank >= low; rank -= 1) {
      const number = Math.floor(rank / BLOCK);
      if (except.has(number)) rank = number * BLOCK;
      else if (this.get(rank) === undefined) return number;
    }
    return null;
  }

  clear(): void {
    this.#blocks.clear();
    this.#ranks.clear();
  }

  #set(rank: number, row: Row): void {
    const number = Math.floor(rank / BLOCK);
    let block = this.#blocks.get(number);
    if (block) this.#blocks.delete(number);
    else block = Array.from<Row | undefined>({ length: BLOCK });
    this.#blocks.set(number, block);
    const old = block[within(rank)];
    if (old !== undefined) this.#forget(old, rank);
    block[within(rank)] = row;
    this.#ranks.set(this.key(row), rank);
  }

  #drop(number: number): void {
    for (const [at, row] of (this.#blocks.get(number) ?? []).entries())
      if (row !== undefined && this.key(row) !== this.#marked) this.#forget(row, number * BLOCK + at);
    this.#blocks.delete(number);
  }

  #forget(row: Row, rank: number): void {
    if (this.#ranks.get(this.key(row)) === rank) this.#ranks.delete(this.key(row));
  }
}

function within(rank: number): number {
  return ((rank % BLOCK) + BLOCK) % BLOCK;
}
