// Searches worth keeping, by name, kept by the program; and those made in this window, kept by nobody. Leaves out where a search is typed.
import type { Backend } from '../ipc/backend';
import type { SavedSearch } from '../ipc/bindings/SavedSearch';
import type { View } from './router.svelte';

/** Searches of a view that are remembered while the window is open. */
const MOST_RECENT = 6;

export const SEARCHED = ['events', 'uploads', 'problems', 'subjects'] as const;
export type Searched = (typeof SEARCHED)[number];

export function isSearched(view: View): view is Searched {
  return SEARCHED.some((known) => known === view);
}

const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();

type Kept = Pick<Backend, 'savedSearches' | 'savedSearchesSet'>;

export class Searches {
  all = $state.raw<readonly SavedSearch[]>([]);
  #recent = $state.raw<Readonly<Partial<Record<Searched, readonly string[]>>>>({});
  #change: Promise<unknown> = Promise.resolve();

  constructor(private readonly backend: Kept) {}

  /** As they were left. That they cannot be read costs nobody a search. */
  async begin(): Promise<void> {
    this.all = await this.backend.savedSearches().catch(() => []);
  }

  of(view: View): readonly SavedSearch[] {
    return this.all.filter((search) => search.view === view);
  }

  /** The one that asks just this. */
  like(view: View, query: string): SavedSearch | null {
    return this.all.find((search) => search.view === view && search.query === query) ?? null;
  }

  recent(view: View): readonly string[] {
    return isSearched(view) ? (this.#recent[view] ?? []) : [];
  }

  /** Somebody finished typing this. */
  used(view: View, query: string): void {
    if (!isSearched(view) || query === '') return;
    const others = this.recent(view).filter((known) => known !== query);
    this.#recent = { ...this.#recent, [view]: [query, ...others].slice(0, MOST_RECENT) };
  }

  /** A name that is there already gets this search instead. Rejects with what was wrong. Returns the way back. */
  save(search: SavedSearch): Promise<() => Promise<void>> {
    return this.#alter((all) => [...all.filter((known) => !same(known.name, search.name)), search]);
  }

  /** Rejects where the name is another one's. */
  rename(name: string, next: string): Promise<() => Promise<void>> {
    return this.#alter((all) => all.map((known) => (same(known.name, name) ? { ...known, name: next } : known)));
  }

  remove(name: string): Promise<() => Promise<void>> {
    return this.#alter((all) => all.filter((known) => !same(known.name, name)));
  }

  /** The program replaces them all, so one change comes after the other, each on what is kept now. */
  #alter(change: (all: readonly SavedSearch[]) => SavedSearch[]): Promise<() => Promise<void>> {
    const work = async () => {
      const before = await this.backend.savedSearches();
      const next = change(before);
      await this.backend.savedSearchesSet(next);
      this.all = await this.backend.savedSearches();
      return async () => void (await this.#alter((now) => restored(now, before, next)));
    };
    const done = this.#change.then(work);
    this.#change = done.catch(() => undefined);
    return done;
  }
}

/** What a change took away or altered, back; what was done since stays. */
function restored(
  now: readonly SavedSearch[],
  before: readonly SavedSearch[],
  after: readonly SavedSearch[],
): SavedSearch[] {
  const equal = (a: SavedSearch, b: SavedSearch) => same(a.name, b.name) && a.view === b.view && a.query === b.query;
  const gone = before.filter((one) => !after.some((other) => equal(one, other)));
  const come = after.filter((one) => !before.some((other) => equal(one, other)));
  const kept = now.filter((one) => !come.some((other) => equal(one, other)));
  const free = gone.filter((one) => !kept.some((other) => same(one.name, other.name)));
  const all = [...kept, ...free];
  const place = (search: SavedSearch) => {
    const at = before.findIndex((known) => equal(known, search));
    return at < 0 ? before.length : at;
  };
  return all.sort((a, b) => place(a) - place(b));
}
