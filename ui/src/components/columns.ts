// Which columns a list of some width shows, and how wide they are.

export interface Column {
  id: string;
  label: string;
  /** A CSS grid track: `72px`, `minmax(80px, 1fr)`. */
  width: string;
  /** Shown only where the list is at least this wide, in pixels. */
  from?: number;
  /** Its name is read out and not shown. */
  quiet?: boolean;
  class?: string;
  /** Whether the rows are in the order of this column; absent where they cannot be. */
  sort?: boolean;
  onsort?: () => void;
}

export function columnsFor(
  columns: readonly Column[],
  width: number,
): { columns: readonly Column[]; template: string } {
  const shown = columns.filter((column) => (column.from ?? 0) <= width || width === 0);
  return { columns: shown, template: shown.map((column) => column.width).join(' ') };
}
