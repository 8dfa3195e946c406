// What was done is said in a toast, with its own way back where there is one; Ctrl+Z takes the latest back. Each way is gone once it is used.
import { toast } from 'svelte-sonner';

import type { ApiError } from '../ipc/bindings/ApiError';
import { words } from '../words/en';
import { failure } from './failure';

/** Ways back that are remembered. */
const MOST = 20;

type Way = () => Promise<void>;

export class Undo {
  #ways: Way[] = [];

  /** Says what was done. `way` takes it back. */
  done(text: string, way?: Way): void {
    if (!way) {
      toast(text);
      return;
    }
    this.#ways = [...this.#ways, way].slice(-MOST);
    toast(text, { action: { label: words.problems.undo, onClick: () => void this.#back(way) } });
  }

  failed(error: ApiError): void {
    toast.error(words.problems.actFailed, { description: `${error.message} ${words.problems.actFailedMeans}` });
  }

  /** Takes back what was done last and not taken back yet. */
  async latest(): Promise<void> {
    const way = this.#ways.at(-1);
    if (way) await this.#back(way);
  }

  async #back(way: Way): Promise<void> {
    if (!this.#ways.includes(way)) return;
    this.#ways = this.#ways.filter((known) => known !== way);
    try {
      await way();
      toast(words.problems.undone);
    } catch (thrown) {
      toast.error(words.problems.undoFailed, { description: failure(thrown).message });
    }
  }
}
