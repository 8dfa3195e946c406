// Which columns a list of some width shows, and how wide they are.

export interface Column {
  id: string;
  label: string;
  /** A CSS grid track: `72px`, `minmax(80px, 1fr)`. */
  width: string;
  /** The track once someone chose columns: the list then scrolls sideways rather than squeeze it. */
  roomy?: string;
  /** Shown only where the list is at least this wide, in pixels. */
  from?: number;
  /** Its name is read out and not shown. */
  quiet?: boolean;
  class?: string;
  /** Whether the rows are in the order of this column; absent where they cannot be. */
  sort?: boolean;
  onsort?: () => void;
}

/** Between columns, and on either side of a row. */
const GAP = 12;
const SIDE = 16;

export interface Layout {
  columns: readonly Column[];
  template: string;
  /** Pixels a row needs at least; a narrower list scrolls sideways. */
  least: number;
}

export function columnsFor(columns: readonly Column[], width: number): Layout {
  const shown = columns.filter((column) => (column.from ?? 0) <= width || width === 0);
  const least = shown.reduce((sum, column) => sum + leastOf(column), 2 * SIDE + GAP * Math.max(0, shown.length - 1));
  return { columns: shown, template: shown.map((column) => column.width).join(' '), least };
}

/** The first number of a track is its least. */
export function leastOf(column: Column): number {
  return Number(/[\d.]+(?=px)/.exec(column.width)?.[0] ?? 0);
}
