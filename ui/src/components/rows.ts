// What a list shows rows of: an array, or something longer of which only some rows are at hand.

export interface Rows<Row> {
  readonly count: number;
  /** Rows that were put on top since the list began: the reader is not moved by them. */
  readonly top: number;
  /** The row at a place; undefined while it is not at hand. */
  at(index: number): Row | undefined;
  /** Where the row of this identity stands; -1 where that is not known. */
  indexOf(identity: string): number;
}

export function ofArray<Row>(rows: readonly Row[], identity: (row: Row) => string): Rows<Row> {
  return {
    count: rows.length,
    top: 0,
    at: (index) => rows[index],
    indexOf: (wanted) => rows.findIndex((row) => identity(row) === wanted),
  };
}

/** A cell someone wants to do something with, and where its menu opens. */
export interface CellPlace<Row> {
  row: Row;
  column: string;
  x: number;
  y: number;
}
