// What the fake finds, and a query taken apart: the reading itself is in parse.ts.
import type { ApiError } from '../bindings/ApiError';
import type { EventRow } from '../bindings/EventRow';
import type { SearchTerms } from '../bindings/SearchTerms';
import { parse, type Refusal } from './parse';

function refused(error: Refusal, place: (character: number) => number = (character) => character): ApiError {
  return { code: 'query', message: error.message, span: [place(error.start), place(error.end)], field: null };
}

/** A query taken apart, with places as a text box counts. */
export function termsOf(text: string): SearchTerms {
  const { terms, error } = parse(text);
  const places = [0];
  for (const character of text) places.push((places.at(-1) ?? 0) + character.length);
  const unit = (character: number) => places[character] ?? text.length;
  return {
    terms: terms.map((term) => {
      const [start, end] = [unit(term.start), unit(term.end)];
      return { ...term, start, end, text: text.slice(start, end) };
    }),
    error: error && refused(error, unit),
  };
}

export interface Matched {
  webhook: string;
  study_id: string | null;
  subject_id: string | null;
  status?: string | null;
  text: string;
  at: string;
  is: (what: string) => boolean;
  values: Partial<Record<string, (string | null)[]>>;
}

/** Returns what decides whether something matches; throws an `ApiError` for a query that cannot be understood. */
export function matcher(query: string): (item: Matched) => boolean {
  const include = new Map<string, string[]>();
  const tests: ((item: Matched) => boolean)[] = [];
  const { terms, error } = parse(query);
  if (error) throw refused(error);
  for (const term of terms) {
    if (term.key === null) {
      const wanted = term.value.toLowerCase();
      tests.push((item) => item.text.toLowerCase().includes(wanted) !== term.excluded);
      continue;
    }
    const { key } = term;
    const value = key === 'is' || key === 'status' ? term.value.toLowerCase() : term.value;
    if (term.excluded) tests.push((item) => !holds(item, key, value));
    else include.set(key, [...(include.get(key) ?? []), value]);
  }
  for (const [key, values] of include) tests.push((item) => values.some((value) => holds(item, key, value)));
  return (item) => tests.every((test) => test(item));
}

function holds(item: Matched, key: string, value: string): boolean {
  if (key === 'is') return item.is(value);
  if (key === 'after') return new Date(item.at) >= new Date(`${value}T00:00`);
  if (key === 'before') return new Date(item.at) < new Date(`${value}T00:00`);
  return item.values[key]?.includes(value) ?? false;
}

export function ofEvent(row: EventRow): Matched {
  return {
    webhook: row.webhook,
    study_id: row.study_id,
    subject_id: row.subject_id,
    text: [row.message, row.event, row.subject_identifier, row.upload_id, row.monitor_serial].filter(Boolean).join(' '),
    at: row.received_at,
    is: (what) =>
      (what === 'error' && row.status === 'error') || row.problem_state === what || row.flags.includes(what),
    values: {
      status: [row.status],
      event: [row.event],
      webhook: [row.webhook],
      study: [row.study_id],
      site: [row.site_id],
      subject: [row.subject_id, row.subject_identifier],
      upload: [row.upload_id],
      serial: [row.monitor_serial],
      delivery: [row.delivery_id],
    },
  };
}
