// Where the person is, kept in the address (`#/events?q=status:error&at=123`) so that a reload and the way back find it again.

export const VIEWS = ['today', 'problems', 'uploads', 'subjects', 'events', 'settings'] as const;
/** What is shown without a place in the sidebar. */
const APART = ['setup'] as const;
export type View = (typeof VIEWS)[number] | (typeof APART)[number];

export interface Place {
  view: View;
  /** The search box's text. */
  query: string;
  /** The row that is open: a sequence or a problem's id. */
  at: number | null;
  /** The tab, where the view has tabs. */
  tab: string | null;
}

const START: Place = { view: 'today', query: '', at: null, tab: null };

export function parsePlace(hash: string): Place {
  const [path = '', parameters = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const view = [...VIEWS, ...APART].find((known) => known === path);
  if (!view) return START;
  const read = new URLSearchParams(parameters);
  const at = Number(read.get('at') ?? Number.NaN);
  return {
    view,
    query: read.get('q') ?? '',
    at: Number.isSafeInteger(at) ? at : null,
    tab: read.get('tab'),
  };
}

export function writePlace(place: Place): string {
  const parameters = new URLSearchParams();
  if (place.query) parameters.set('q', place.query);
  if (place.at !== null) parameters.set('at', String(place.at));
  if (place.tab) parameters.set('tab', place.tab);
  const text = parameters.toString();
  return `#/${place.view}${text ? `?${text}` : ''}`;
}

export class Router {
  place = $state.raw<Place>(START);
  #left = new Map<View, Place>();

  constructor(private readonly target: Window = window) {
    this.place = parsePlace(target.location.hash);
  }

  /** Follows the way back and forward; returns the way to stop. */
  listen(): () => void {
    const follow = () => (this.place = parsePlace(this.target.location.hash));
    this.target.addEventListener('popstate', follow);
    return () => this.target.removeEventListener('popstate', follow);
  }

  /** Goes to a view as it was left. */
  show(view: View): void {
    if (view === this.place.view) return;
    this.go(this.#left.get(view) ?? { ...START, view });
  }

  /** Goes somewhere; the way back leads here. */
  go(place: Partial<Place> & { view: View }): void {
    this.#left.set(this.place.view, this.place);
    this.place = { ...START, ...place };
    this.target.history.pushState(null, '', writePlace(this.place));
  }

  /** Changes something about where we are, without a step on the way back. */
  refine(change: Partial<Omit<Place, 'view'>>): void {
    this.place = { ...this.place, ...change };
    this.target.history.replaceState(null, '', writePlace(this.place));
  }
}
