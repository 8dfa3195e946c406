// When nothing could be received: the list, and that a person has seen to it.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { TimeAwayPage } from '../ipc/bindings/TimeAwayPage';
import { Coalesced } from './coalesced';
import { failure } from './failure';

/** Rows shown; `away` on the command line has them all. */
const ROWS = 500;

export class AwayState {
  page = $state.raw<TimeAwayPage | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** Those a person is about to say that they have seen to. */
  checking = $state.raw<readonly number[] | null>(null);
  busy = $state(false);

  #refresh: Coalesced;

  constructor(
    private readonly backend: Pick<Backend, 'timeAway' | 'timeAwayCheck'>,
    gap = 500,
  ) {
    this.#refresh = new Coalesced(() => this.load(), gap);
  }

  refresh(): void {
    this.#refresh.ask();
  }

  stop(): void {
    this.#refresh.stop();
  }

  async load(): Promise<void> {
    try {
      this.page = await this.backend.timeAway(ROWS);
      this.error = null;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Says that `checking` were seen to. What went wrong, where something did. */
  async check(by: string, note: string | null): Promise<ApiError | null> {
    const sequences = this.checking;
    if (sequences === null || this.busy) return null;
    this.busy = true;
    try {
      await this.backend.timeAwayCheck({ sequences: [...sequences], by, note });
      this.checking = null;
      if (this.page) await this.load();
      return null;
    } catch (thrown) {
      return failure(thrown);
    } finally {
      this.busy = false;
    }
  }
}
