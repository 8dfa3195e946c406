// Uploads by how they stand, as terms of the search: what is chosen is in the query, so that a link from elsewhere, a chip and the way
// back all say the same. Leaves out names and counts.
import { texts, withoutTerm, withTerm } from '../text/query';

export const SEGMENTS = ['all', 'started', 'stuck', 'error', 'completed'] as const;
export type Segment = (typeof SEGMENTS)[number];

const TERMS: Record<Exclude<Segment, 'all'>, string> = {
  started: 'status:started',
  stuck: 'is:stuck',
  error: 'status:error',
  completed: 'status:completed',
};

/** The terms of a query that say how an upload stands, as far as a segment can. */
function chosen(query: string): string[] {
  return texts(query).filter((text) => /^(?:status:.|is:"?stuck"?$)/i.test(text));
}

/** The segment a query is; null where it asks for something no segment does. */
export function segmentOf(query: string): Segment | null {
  const found = chosen(query);
  if (found.length === 0) return 'all';
  if (found.length > 1) return null;
  return SEGMENTS.find((segment) => segment !== 'all' && TERMS[segment] === found[0]) ?? null;
}

/** What a query says beside the segment. */
export function besides(query: string): string {
  return chosen(query).reduce(withoutTerm, query).trim();
}

export function withSegment(query: string, segment: Segment): string {
  const rest = besides(query);
  return segment === 'all' ? rest : withTerm(rest, TERMS[segment]);
}
