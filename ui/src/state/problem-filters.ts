// The filters of the inbox: what each asks, and which of them a place, a question or a problem means.
import type { ProblemRow } from '../ipc/bindings/ProblemRow';
import { texts } from '../text/query';

export const FILTERS = ['open', 'acknowledged', 'snoozed', 'resolved', 'all'] as const;
export type Filter = (typeof FILTERS)[number];

/** What is over is a plain list. */
export const isGrouped = (filter: Filter) => filter !== 'resolved' && filter !== 'all';

/** The question a filter asks. The text first: places in it, as an error names them, stay what they are. */
export function queryOf(filter: Filter, text: string): string {
  const term = {
    open: 'is:open',
    acknowledged: 'is:acknowledged',
    snoozed: '-is:resolved',
    resolved: 'is:resolved',
    all: '',
  };
  return [text, term[filter]].filter(Boolean).join(' ');
}

/** The events behind a filter's problems. That a problem is put aside is not said of its events: those of all that are not over stand for them. */
export function eventsOf(filter: Filter, text: string): string {
  const unsettled = 'is:open is:acknowledged';
  // More of the same key would be alternatives to what the text asks: more events than those of the problems that are shown.
  const isAsked = texts(text).some((one) => /^is:/i.test(one));
  const terms = {
    open: 'is:open',
    acknowledged: 'is:acknowledged',
    snoozed: isAsked ? '-is:resolved' : unsettled,
    resolved: 'is:resolved',
    all: isAsked ? '' : `${unsettled} is:resolved`,
  };
  return [text, terms[filter]].filter(Boolean).join(' ');
}

/** The filter a place names; the inbox opens on what is open. */
export function filterNamed(tab: string | null): Filter {
  return FILTERS.find((known) => known === tab) ?? 'open';
}

/** The place a whole question is asked at: its filter, and the text without the filter's term. What no filter asks is asked of all. */
export function filterIn(query: string): { tab: Filter; query: string } {
  const found = (['open', 'acknowledged', 'resolved'] as const).find(
    (filter) => query === `is:${filter}` || query.endsWith(` is:${filter}`),
  );
  const text = found ? query.slice(0, -`is:${found}`.length).trim() : query;
  // More of the same key would be alternatives to it.
  return found && !/(^|\s)is:/i.test(text) ? { tab: found, query: text } : { tab: 'all', query };
}

/** Where a problem is found. */
export function filterOf(row: ProblemRow): Filter {
  if (row.state === 'resolved') return 'resolved';
  if (row.snoozed_until !== null) return 'snoozed';
  return row.state === 'acknowledged' ? 'acknowledged' : 'open';
}
