// Which problems the inbox shows, as a query.

export const FILTERS = ['open', 'acknowledged', 'resolved', 'all'] as const;
export type ProblemFilter = (typeof FILTERS)[number];

/** The chosen filter; a problem opened from elsewhere may be in any state, so then all are listed. */
export function filterOf(tab: string | null, opened: number | null): ProblemFilter {
  return FILTERS.find((known) => known === tab) ?? (opened === null ? 'open' : 'all');
}

export function queryOf(filter: ProblemFilter, text: string): string {
  // The text first: places in it, as an error names them, stay what they are.
  return [text, filter === 'all' ? '' : `is:${filter}`].filter(Boolean).join(' ');
}
