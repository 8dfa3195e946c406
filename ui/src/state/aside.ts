// What is put aside, gathered by message like the inbox. The inbox's groups come with their newest rows only, awake or not; so the list of
// what is put aside is read row by row, until as many were found as the program counts.
import type { Backend } from '../ipc/backend';
import type { ProblemGroup } from '../ipc/bindings/ProblemGroup';
import type { ProblemRow } from '../ipc/bindings/ProblemRow';

const PAGE = 1000;
/** Pages read at most: what is put aside among more unresolved problems than these is found by searching. */
const PAGES = 20;
/** Ids one bulk act may be about. */
const MOST_IDS = 500;

/** The problems of a query that are put aside, newest first; `count` of them there are. */
export async function readAside(
  backend: Pick<Backend, 'problems'>,
  query: string,
  count: number,
): Promise<ProblemRow[]> {
  const found = new Map<number, ProblemRow>();
  let before: number | null = null;
  for (let page = 0; page < PAGES && found.size < count; page += 1) {
    const { rows } = await backend.problems({ query, before, limit: PAGE });
    for (const row of rows) if (row.snoozed_until !== null) found.set(row.id, row);
    before = rows.at(-1)?.id ?? null;
    if (rows.length < PAGE) break;
  }
  return [...found.values()];
}

/** Rows as groups, the one something last happened to first. */
export function grouped(rows: readonly ProblemRow[]): ProblemGroup[] {
  const families = new Map<string, ProblemRow[]>();
  for (const row of rows) {
    const family = families.get(row.group);
    if (family) family.push(row);
    else families.set(row.group, [row]);
  }
  const groups = [...families].map(([group, members]) => groupOf(group, members));
  return groups.sort((a, b) => (a.last_at < b.last_at ? 1 : a.last_at > b.last_at ? -1 : 0));
}

function groupOf(group: string, members: readonly ProblemRow[]): ProblemGroup {
  const latest = members.reduce<ProblemRow | undefined>(
    (known, row) => (known === undefined || row.last_at > known.last_at ? row : known),
    undefined,
  );
  const opened = members.map((row) => row.opened_at).sort();
  return {
    group,
    kind: latest?.kind ?? '',
    message: latest?.message ?? null,
    problems: members.length,
    open: members.filter((row) => row.state === 'open').length,
    acknowledged: members.filter((row) => row.state === 'acknowledged').length,
    subjects: new Set(members.flatMap((row) => row.subject_id ?? [])).size,
    events: members.reduce((sum, row) => sum + row.events, 0),
    first_at: opened[0] ?? '',
    last_at: latest?.last_at ?? '',
    newest: [...members],
    ids: members.slice(0, MOST_IDS).map((row) => row.id),
  };
}
