// Where a list of 32 px rows stands, in pixels of all its rows, and what the scrolling element is told of it. Web views cut an element off
// at 33,554,428 px: up to there the list scrolls as any other; a longer one gets a track of that height, on which the scrollbar stands in
// proportion while wheel and keys move by exact pixels. Leaves out the markup.

/** Height of a row, in pixels. */
export const ROW = 32;
/** Height of the track at most, in pixels: below every web view's end. */
export const MOST = 33_000_000;
/** Rows drawn above and below what is in sight. */
const AROUND = 6;

export class Track {
  /** Rows in the list. */
  count = $state(0);
  /** Height of what is in sight, in pixels. */
  view = $state(0);
  /** Pixels of rows above what is in sight. */
  offset = $state(0);
  /** Where the scrolling element stands. */
  place = $state(0);

  constructor(private readonly most = MOST) {}

  readonly whole = $derived.by(() => this.count * ROW);
  /** What the scrolling element holds. */
  readonly height = $derived.by(() => Math.min(this.whole, this.most));
  readonly isScaled = $derived.by(() => this.whole > this.most);
  readonly end = $derived.by(() => Math.max(0, this.whole - this.view));
  /** The first and the last row of which something is in sight. */
  readonly first = $derived.by(() => Math.max(0, Math.min(this.count - 1, Math.floor(this.offset / ROW))));
  readonly last = $derived.by(() =>
    Math.max(0, Math.min(this.count - 1, Math.ceil((this.offset + this.view) / ROW) - 1)),
  );
  readonly drawnFirst = $derived.by(() => Math.max(0, this.first - AROUND));
  readonly drawnLast = $derived.by(() => Math.min(this.count - 1, this.last + AROUND));

  /** Whole rows that fit into the view, less one: what stays in sight when a page is turned. */
  get page(): number {
    return Math.max(1, Math.floor((this.view || 10 * ROW) / ROW) - 1);
  }

  /** Where on the track a row is drawn. */
  topOf(index: number): number {
    return this.isScaled ? this.place + index * ROW - this.offset : index * ROW;
  }

  /** Stands somewhere; returns where the scrolling element has to. */
  stand(offset: number): number {
    this.offset = Math.max(0, Math.min(this.end, offset));
    return this.isScaled ? this.#placeOf(this.offset) : this.offset;
  }

  /** The scrolling element stands here now because we said so: it rounds. */
  placed(place: number): void {
    this.place = place;
  }

  /** The scrolling element was moved by someone: the scrollbar, a finger. */
  moved(place: number): void {
    if (place === this.place) return;
    this.place = place;
    if (!this.isScaled) this.offset = Math.max(0, place);
    else this.offset = Math.max(0, Math.min(this.end, (place / this.#room()) * this.end));
  }

  /** Where to stand to have a row in sight, moving as little as can be. */
  nearest(index: number): number {
    const top = index * ROW;
    if (top < this.offset) return top;
    if (top + ROW > this.offset + this.view) return top + ROW - this.view;
    return this.offset;
  }

  #room(): number {
    return Math.max(1, this.height - this.view);
  }

  #placeOf(offset: number): number {
    return this.end === 0 ? 0 : (offset / this.end) * this.#room();
  }
}
