// What the fake's people do about problems, and the inbox's groups: as the wire's documentation says, on the ledger's memory.
import type { ApiError } from '../bindings/ApiError';
import type { GroupPage } from '../bindings/GroupPage';
import type { GroupQuery } from '../bindings/GroupQuery';
import type { ProblemAct } from '../bindings/ProblemAct';
import type { ProblemActKind } from '../bindings/ProblemActKind';
import type { ProblemGroup } from '../bindings/ProblemGroup';
import type { ProblemRow } from '../bindings/ProblemRow';
import type { Ledger } from './ledger';
import { asMatched, problemsOf, type Scene } from './lists';
import { matcher } from './search';

const MOST_IDS = 500;
const MOST_GROUPS = 200;
const MOST_NEWEST = 100;

const SAID: Record<ProblemActKind, string> = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  reopen: 'reopened',
  note: 'noted',
  contact: 'contacted',
  snooze: 'snoozed',
  wake: 'woken',
  take_back: 'taken_back',
};

/** What problems of one kind have in common: numbers, ids and letter case aside. */
export function groupOf(kind: string, message: string | null): string {
  const plain = (message ?? '').toLowerCase().replace(/[0-9a-f]{8,}|\d+([.,]\d+)*/g, '#');
  return `${kind}|${plain.replace(/\s+/g, ' ').trim()}`;
}

export function snoozed(row: ProblemRow, now: Date): boolean {
  return row.snoozed_until !== null && new Date(row.snoozed_until) > now;
}

export function groupsOf(scene: Scene, query: GroupQuery): GroupPage {
  const matches = matcher(query.query);
  const all = problemsOf(scene).filter((row) =>
    matches(asMatched(row, row.state, row.last_at, row.kind === 'stuck_upload')),
  );
  const aside = all.filter((row) => row.snoozed_until !== null);
  const rows = query.snoozed ? all : all.filter((row) => row.snoozed_until === null);
  return {
    sequence: scene.ledger.sequence,
    groups: groupsAmong(rows).slice(0, MOST_GROUPS),
    problems: rows.length,
    snoozed: aside.length,
  };
}

/** Groups, the one something last happened to first. */
export function groupsAmong(rows: readonly ProblemRow[]): ProblemGroup[] {
  const families = new Map<string, ProblemRow[]>();
  for (const row of rows) families.set(row.group, [...(families.get(row.group) ?? []), row]);
  const groups = [...families].map(([group, members]) => grouped(group, members));
  return groups.toSorted((a, b) => b.last_at.localeCompare(a.last_at));
}

function grouped(group: string, members: ProblemRow[]): ProblemGroup {
  const latest = members.toSorted((a, b) => b.last_at.localeCompare(a.last_at))[0];
  const newest = members.toSorted((a, b) => b.opened_at.localeCompare(a.opened_at));
  return {
    group,
    kind: latest?.kind ?? '',
    message: latest?.message ?? null,
    problems: members.length,
    open: members.filter((row) => row.state === 'open').length,
    acknowledged: members.filter((row) => row.state === 'acknowledged').length,
    subjects: new Set(members.map((row) => row.subject_id).filter((id) => id !== null)).size,
    events: members.reduce((sum, row) => sum + row.events, 0),
    first_at: members.reduce((least, row) => (row.opened_at < least ? row.opened_at : least), '9'),
    last_at: latest?.last_at ?? '',
    newest: newest.slice(0, MOST_NEWEST),
    ids: newest.slice(0, MOST_IDS).map((row) => row.id),
  };
}

function invalid(message: string, field: string): ApiError {
  return { code: 'invalid', message, span: null, field };
}

/** Does it to each problem and returns those that changed. */
export function actOn(scene: Scene, act: ProblemAct, by: string): number[] {
  if (act.ids.length > MOST_IDS) throw invalid(`At most ${MOST_IDS} problems at once.`, 'ids');
  const note = act.note?.trim() || null;
  if ((act.act === 'note' || act.act === 'contact') && note === null) throw invalid('Write the note first.', 'note');
  if (act.act === 'snooze' && !(act.until !== null && new Date(act.until) > scene.now))
    throw invalid('Choose a moment in the future.', 'until');
  if (by === '') throw invalid('Say who you are.', 'by');
  const known = new Map(problemsOf(scene).map((row) => [row.id, row]));
  return act.ids.filter((id) => {
    const row = known.get(id);
    return row !== undefined && one(scene.ledger, row, act, by, note, scene.now.toISOString());
  });
}

function one(ledger: Ledger, row: ProblemRow, act: ProblemAct, by: string, note: string | null, at: string): boolean {
  const before = ledger.undo.get(row.id);
  const next = changed(row, act, by, note, at, before);
  if (next === null) return false;
  if (act.act === 'take_back' || act.act === 'reopen') ledger.undo.delete(row.id);
  else if (act.act === 'acknowledge' || act.act === 'resolve' || act.act === 'snooze')
    ledger.undo.set(row.id, { row, what: SAID[act.act] });
  ledger.sequence += 1;
  const story = ledger.stories.get(row.id) ?? [];
  story.push({
    sequence: ledger.sequence,
    at,
    what: SAID[act.act],
    by,
    text: act.act === 'take_back' ? (before?.what ?? null) : note,
    until: act.act === 'snooze' || act.act === 'contact' ? act.until : null,
  });
  ledger.stories.set(row.id, story);
  ledger.keep({ ...next, last_at: at });
  return true;
}

/** The problem afterwards; null where the act changes nothing. */
function changed(
  row: ProblemRow,
  act: ProblemAct,
  by: string,
  note: string | null,
  at: string,
  before: { row: ProblemRow; what: string } | undefined,
): ProblemRow | null {
  switch (act.act) {
    case 'acknowledge':
      if (row.state !== 'open') return null;
      return { ...row, state: 'acknowledged', acknowledged_by: by, acknowledged_at: at, note: note ?? row.note };
    case 'resolve':
      if (row.state === 'resolved') return null;
      return { ...row, state: 'resolved', note: note ?? row.note, snoozed_until: null };
    case 'reopen':
      if (row.state === 'open') return null;
      return { ...row, state: 'open', acknowledged_by: null, acknowledged_at: null };
    case 'note':
      return { ...row, note };
    case 'contact':
      return { ...row, follow_up: act.until };
    case 'snooze':
      return row.state === 'resolved' ? null : { ...row, snoozed_until: act.until };
    case 'wake':
      return row.snoozed_until === null ? null : { ...row, snoozed_until: null };
    case 'take_back':
      if (before === undefined) return null;
      return {
        ...row,
        state: before.row.state,
        acknowledged_by: before.row.acknowledged_by,
        acknowledged_at: before.row.acknowledged_at,
        note: before.row.note,
        snoozed_until: before.row.snoozed_until,
      };
  }
}
