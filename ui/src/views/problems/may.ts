// Which acts make sense for some problems: one is offered where it would change at least one of them.
import type { ProblemActKind } from '../../ipc/bindings/ProblemActKind';
import type { ProblemRow } from '../../ipc/bindings/ProblemRow';

/** What a person can ask for; undoing is offered after an act, not as one. */
export type Asked = Exclude<ProblemActKind, 'take_back'>;

export type May = Record<Asked, boolean>;

export function mayDo(rows: readonly ProblemRow[]): May {
  const some = (test: (row: ProblemRow) => boolean) => rows.some(test);
  return {
    acknowledge: some((row) => row.state === 'open'),
    resolve: some((row) => row.state !== 'resolved'),
    reopen: some((row) => row.state !== 'open'),
    snooze: some((row) => row.state !== 'resolved'),
    wake: some((row) => row.snoozed_until !== null),
    note: rows.length > 0,
    contact: rows.length > 0,
  };
}
