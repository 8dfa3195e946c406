// How large the page is drawn, remembered by the program. Steps as browsers have them.
import type { Backend } from '../ipc/backend';
import { isNumber, type Preferences } from './preferences.svelte';

export const STEPS = [0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
const NAME = 'zoom';

export class Zoom {
  factor = $state(1);

  constructor(
    private readonly backend: Pick<Backend, 'zoom'>,
    private readonly preferences: Preferences,
  ) {}

  /** As it was left; the preferences have been read. */
  async begin(): Promise<void> {
    const kept = this.preferences.get(NAME, isNumber);
    if (kept !== null && kept !== 1 && STEPS.some((step) => step === kept)) await this.#set(kept);
  }

  async larger(): Promise<void> {
    await this.#keep(STEPS.find((step) => step > this.factor) ?? this.factor);
  }

  async smaller(): Promise<void> {
    await this.#keep(STEPS.findLast((step) => step < this.factor) ?? this.factor);
  }

  async reset(): Promise<void> {
    await this.#keep(1);
  }

  async #keep(factor: number): Promise<void> {
    this.preferences.set(NAME, factor);
    await this.#set(factor);
  }

  async #set(factor: number): Promise<void> {
    this.factor = factor;
    await this.backend.zoom(factor).catch(() => undefined);
  }
}
