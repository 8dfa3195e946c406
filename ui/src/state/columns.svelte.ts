// Which columns of a list a person wants, in which order and how wide; remembered. Until someone chooses, the list decides by its own width.
// Leaves out what a column shows.
import type { Column } from '../components/columns';
import type { Preferences } from './preferences.svelte';

/** Widths a person may give a column, in pixels. */
export const NARROWEST = 40;
export const WIDEST = 900;

interface Choice {
  /** In order; null: as the list has them. */
  shown: string[] | null;
  widths: Record<string, number>;
}

const NOTHING: Choice = { shown: null, widths: {} };

export function isChoice(value: unknown): value is Choice {
  if (typeof value !== 'object' || value === null) return false;
  const { shown, widths } = value as Partial<Choice>;
  const isShown = shown === null || (Array.isArray(shown) && shown.every((id) => typeof id === 'string'));
  const areWidths = typeof widths === 'object' && widths !== null && !Array.isArray(widths);
  return isShown && areWidths && Object.values(widths).every((width) => Number.isFinite(width));
}

export class ColumnChoice {
  readonly #name: string;

  /** `all`: every column there is; `usual`: those shown until someone chooses. */
  constructor(
    private readonly preferences: Pick<Preferences, 'get' | 'set'>,
    name: string,
    private readonly all: readonly Column[],
    private readonly usual: readonly string[],
  ) {
    this.#name = `columns.${name}`;
  }

  /** Whether nothing differs from how the list comes. */
  get isUsual(): boolean {
    const { shown, widths } = this.#choice;
    return shown === null && Object.keys(widths).length === 0;
  }

  /** What is shown, in order. */
  get columns(): readonly Column[] {
    const { shown, widths } = this.#choice;
    return this.#shown.flatMap((id) => {
      const column = this.all.find((known) => known.id === id);
      if (!column) return [];
      const { from: _from, roomy, ...rest } = column;
      const kept = shown === null ? column : { ...rest, width: roomy ?? column.width };
      const width = Object.hasOwn(widths, id) ? widths[id] : undefined;
      return width === undefined ? [kept] : [{ ...kept, width: `${bounded(width)}px` }];
    });
  }

  /** Every column: those shown in their order, then the others. */
  get order(): readonly { column: Column; isShown: boolean }[] {
    const shown = this.#shown;
    const find = (id: string) => this.all.filter((column) => column.id === id);
    return [
      ...shown.flatMap(find).map((column) => ({ column, isShown: true })),
      ...this.all.filter(({ id }) => !shown.includes(id)).map((column) => ({ column, isShown: false })),
    ];
  }

  /** Shows a column, last, or hides it; the last one stays. */
  toggle(id: string): void {
    const shown = this.#shown;
    const next = shown.includes(id) ? shown.filter((known) => known !== id) : [...shown, id];
    if (next.length > 0) this.#set({ ...this.#choice, shown: next });
  }

  /** Puts a column before (-1) or behind (1) its neighbour. */
  move(id: string, by: -1 | 1): void {
    const shown = [...this.#shown];
    const at = shown.indexOf(id);
    const other = shown[at + by];
    if (at < 0 || other === undefined) return;
    shown[at + by] = id;
    shown[at] = other;
    this.#set({ ...this.#choice, shown });
  }

  /** Gives a column a width in pixels; null: its own again. */
  resize(id: string, width: number | null): void {
    const widths = Object.fromEntries(Object.entries(this.#choice.widths).filter(([known]) => known !== id));
    this.#set({ ...this.#choice, widths: width === null ? widths : { ...widths, [id]: bounded(width) } });
  }

  /** The width a person gave a column. */
  widthOf(id: string): number | null {
    const { widths } = this.#choice;
    return Object.hasOwn(widths, id) ? bounded(widths[id] ?? NARROWEST) : null;
  }

  reset(): void {
    this.preferences.set(this.#name, null);
  }

  get #choice(): Choice {
    return this.preferences.get(this.#name, isChoice) ?? NOTHING;
  }

  /** Columns another version had are passed over, and none twice. */
  get #shown(): string[] {
    const known = new Set(this.all.map((column) => column.id));
    const shown = [...new Set(this.#choice.shown ?? this.usual)].filter((id) => known.has(id));
    return shown.length > 0 ? shown : [...this.usual];
  }

  #set(choice: Choice): void {
    this.preferences.set(this.#name, choice);
  }
}

function bounded(width: number): number {
  return Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)));
}
