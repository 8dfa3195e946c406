// What a person does about problems, one or many at once, and the way back. Leaves out which problems: that is the inbox's target.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { ProblemActKind } from '../ipc/bindings/ProblemActKind';
import { failure } from './failure';

/** The most one call may be about. */
export const AT_ONCE = 500;

export interface Act {
  kind: ProblemActKind;
  ids: readonly number[];
  by: string;
  note?: string | null;
  until?: string | null;
}

export interface Done {
  /** Those that changed. */
  ids: number[];
  error: ApiError | null;
}

const UNDONE: readonly ProblemActKind[] = ['acknowledge', 'resolve', 'snooze'];

/** Whether there is a way back: what was written down stays, and a way back is not taken back. */
export function canUndo(kind: ProblemActKind): boolean {
  return UNDONE.includes(kind);
}

export class ProblemActs {
  /** The name typed last, for the next act of a person whose name is not in the settings. */
  name = $state('');
  /** One act at a time: a second press is not a second act. */
  busy = $state(false);

  constructor(private readonly backend: Backend) {}

  async act({ kind, ids, by, note = null, until = null }: Act): Promise<Done> {
    if (this.busy) return { ids: [], error: null };
    this.busy = true;
    const changed: number[] = [];
    try {
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const part = ids.slice(from, from + AT_ONCE);
        changed.push(...(await this.backend.problemAct({ ids: part, act: kind, by, note, until })).ids);
      }
      if (by !== '') this.name = by;
      return { ids: changed, error: null };
    } catch (thrown) {
      return { ids: changed, error: failure(thrown) };
    } finally {
      this.busy = false;
    }
  }

  /** Takes back exactly what an act changed. */
  undo(done: Done, by: string): Promise<Done> {
    return this.act({ kind: 'take_back', ids: done.ids, by });
  }
}
