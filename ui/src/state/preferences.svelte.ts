// What the window remembers about itself (columns, panes, zoom), kept by the program in its data folder: moved with it, and no web
// view's storage to lose. Read once; written a moment after the last change. Leaves out what a value means: who keeps one checks it.
import { SvelteMap } from 'svelte/reactivity';

import type { Backend } from '../ipc/backend';

/** A drag is one wish, not a hundred. */
const REST = 300;

export class Preferences {
  readonly #values = new SvelteMap<string, unknown>();
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly backend: Pick<Backend, 'preferences' | 'preferenceSet'>,
    private readonly rest = REST,
  ) {}

  /** As they were left. What the person chose meanwhile stands. */
  async begin(): Promise<void> {
    const kept = await this.backend.preferences().catch(() => ({}));
    for (const [name, value] of Object.entries(kept)) if (!this.#waiting.has(name)) this.#values.set(name, value);
  }

  /** What is remembered, where it is what it should be: it may have been written by another version. */
  get<Value>(name: string, isValue: (value: unknown) => value is Value): Value | null {
    const value = this.#values.get(name);
    return isValue(value) ? value : null;
  }

  /** `null` forgets. That it could not be kept costs nobody anything now: it is shown as chosen, and asked again next time. */
  set(name: string, value: unknown): void {
    if (value === null) this.#values.delete(name);
    else this.#values.set(name, value);
    clearTimeout(this.#waiting.get(name));
    this.#waiting.set(
      name,
      setTimeout(() => void this.#write(name), this.rest),
    );
  }

  /** Writes what waits, at once: the page is about to go. */
  flush(): void {
    for (const [name, timer] of this.#waiting) {
      clearTimeout(timer);
      void this.#write(name);
    }
  }

  async #write(name: string): Promise<void> {
    this.#waiting.delete(name);
    await this.backend.preferenceSet(name, this.#values.get(name) ?? null).catch(() => undefined);
  }
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
