// How a subject stands, in words: the state and what belongs to it.
import type { SubjectRow } from '../../ipc/bindings/SubjectRow';
import { words } from '../../words/en';

export function describe(row: SubjectRow): string | undefined {
  const state = (words.states as Record<string, string>)[row.state];
  if (state === undefined) return undefined;
  if ((row.state === 'overdue' || row.state === 'late') && row.days_since !== null)
    return words.subjects.stateDays(state, row.days_since);
  if (row.state === 'on_leave' && row.on_leave_until) return words.subjects.leaveUntil(state, row.on_leave_until);
  return state;
}
