// What can be done with a cell of the list of events: searches made from its value, and texts for the clipboard.
import type { EventRow } from '../../ipc/bindings/EventRow';
import { term, withOnly, withoutTerm, withTerm } from '../../text/query';
import { daysAround, fieldOf, textOf } from './fields';

/** Searches for what a cell says; null where the language has no word for it. */
export interface Narrowing {
  /** What is looked for, as a term. */
  term: string;
  only: string;
  without: string | null;
}

export function narrowing(query: string, row: EventRow, column: string): Narrowing | null {
  const field = fieldOf(column);
  if (!field) return null;
  if (column === 'time' || column === 'utc') {
    const { day, next } = daysAround(row.received_at);
    const only = withOnly(withOnly(query, 'after', day), 'before', next);
    return { term: term('after', day), only, without: null };
  }
  if (column === 'message') {
    if (!row.message) return null;
    // A phrase: always in quotes.
    const phrase = `"${row.message.replaceAll('"', '""')}"`;
    return { term: phrase, only: withTerm(query, phrase), without: withTerm(withoutTerm(query, phrase), `-${phrase}`) };
  }
  const value = field.sought ? field.sought(row) : field.text(row);
  if (field.key === undefined || value === null || value === '') return null;
  const wanted = term(field.key, value);
  return {
    term: wanted,
    only: withOnly(query, field.key, value),
    without: withTerm(withoutTerm(query, wanted), `-${wanted}`),
  };
}

/** A cell that begins so would be taken for a formula. */
const FORMULA = /^[=+\-@]/;

/** The shown cells of a row, as a spreadsheet takes them: made inert as the CSV for Excel is. */
export function rowText(row: EventRow, columns: readonly string[]): string {
  return columns
    .map((column) => (textOf(row, column) ?? '').replaceAll(/[\t\r\n]+/g, ' ').replace(FORMULA, "'$&"))
    .join('\t');
}
