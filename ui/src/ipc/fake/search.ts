// The search language, as far as the fake needs it: the program's own parser is the truth.
import type { ApiError } from '../bindings/ApiError';
import type { EventRow } from '../bindings/EventRow';
import { KEYS, terms } from '../../text/query';

const IS = ['error', 'open', 'acknowledged', 'resolved', 'stuck', 'repeat', 'unreadable'];

function wrong(query: string, part: string, message: string): ApiError {
  const start = Math.max(0, query.indexOf(part));
  return { code: 'query', message, span: [start, start + part.length], field: null };
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
  for (const term of terms(query)) {
    if (term.text.includes('"') && (term.text.match(/"/g) ?? []).length % 2 === 1)
      throw wrong(query, term.text, 'this quote is not closed (at character 1)');
    if (term.key === null) {
      const wanted = term.value.toLowerCase();
      tests.push((item) => item.text.toLowerCase().includes(wanted) !== term.excluded);
      continue;
    }
    const { key, value } = term;
    if (!KEYS.includes(key)) throw wrong(query, term.text, `${key}: is not a key; there are ${KEYS.join(': ')}:`);
    if (value === '') throw wrong(query, term.text, `${key}: needs a value right behind it`);
    if (key === 'is' && !IS.includes(value)) throw wrong(query, term.text, `is: takes one of ${IS.join(', ')}`);
    if ((key === 'after' || key === 'before') && !/^\d{4}-\d{2}-\d{2}$/.test(value))
      throw wrong(query, term.text, `${key}: takes a day of the calendar, as in ${key}:2026-08-22`);
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
