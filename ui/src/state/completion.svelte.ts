// What a search box proposes for what is being typed: keys, values that exist, days; and where nothing is typed, searches made before. One
// question is under way for values, a later one replaces it. Leaves out the listbox.
import type { Backend } from '../ipc/backend';
import type { KnownValue } from '../ipc/bindings/KnownValue';
import { isoDay } from '../text/format';
import { own } from '../text/own';
import { term, unfinished, type Unfinished } from '../text/query';
import { words } from '../words/en';
import type { Searches } from './searches.svelte';
import type { View } from './router.svelte';

/** A pause in typing after which values are asked for, in milliseconds. */
const REST = 60;

/** Saved searches listed; all of them are where they are renamed, and in the palette. */
const MOST_SAVED = 12;

const KEYS = Object.keys(words.search.keys);
/** Keys the program proposes values for. */
const VALUED = ['status', 'event', 'webhook', 'study', 'site', 'subject', 'upload', 'serial'];
const DAYS = Object.keys(words.search.days).map(Number);

export type Section = keyof typeof words.search.sections;

export interface Proposal {
  id: string;
  section: Section;
  /** What is taken, as it is shown. */
  text: string;
  /** What it means. */
  note: string | null;
  take:
    | { what: 'write'; text: string; caret: number }
    | { what: 'open'; query: string }
    | { what: 'search'; query: string }
    | { what: 'calendar' }
    | { what: 'manage' };
}

export interface Typed {
  text: string;
  caret: number;
  /** Nothing is in the box at all. */
  empty: boolean;
}

export class Completion {
  open = $state(false);
  /** The chosen one; -1 for none. */
  at = $state(-1);
  #values = $state.raw<{ key: string; part: string; found: readonly KnownValue[] } | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly backend: Pick<Backend, 'searchValues'>,
    private readonly searches: Searches,
    private readonly now: () => Date = () => new Date(),
    private readonly rest = REST,
  ) {}

  /** Values for what is typed now, if it is a key that has some. */
  ask(typed: Typed): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const { key, part } = unfinished(typed.text, typed.caret);
    if (key === null || !VALUED.includes(key)) return;
    if (this.#values?.key === key && this.#values.part === part) return;
    this.#timer = setTimeout(
      () => {
        this.backend.searchValues({ key, part }).then(
          (found) => {
            if (turn === this.#turn) this.#values = { key, part, found };
          },
          () => undefined,
        );
      },
      this.#values?.key === key ? this.rest : 0,
    );
  }

  proposals(view: View, typed: Typed): Proposal[] {
    const at = unfinished(typed.text, typed.caret);
    if (at.key === null) {
      if (at.quoted) return [];
      const before = typed.empty ? this.#before(view) : [];
      return [...before, ...this.#keys(typed, at)];
    }
    const found = this.#known(typed, at);
    // What stands there already is no proposal.
    return found.length === 1 && found[0]?.take.what === 'write' && found[0].text === at.part ? [] : found;
  }

  /** To the next or the one before; behind the last comes none, and what is typed stands. */
  move(by: number, count: number): void {
    const places = count + 1;
    this.at = ((this.at + 1 + by + places) % places) - 1;
  }

  close(): void {
    this.open = false;
    this.at = -1;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  #before(view: View): Proposal[] {
    const saved = this.searches.of(view);
    const known = new Set(saved.map((search) => search.query));
    const recent = this.searches.recent(view).filter((query) => !known.has(query));
    return [
      ...saved.slice(0, MOST_SAVED).map(({ name, query }): Proposal => ({
        id: `saved-${name}`,
        section: 'saved',
        text: name,
        note: query,
        take: { what: 'search', query },
      })),
      ...(saved.length > 0 ? [manage] : []),
      ...recent.map((query): Proposal => ({
        id: `recent-${query}`,
        section: 'recent',
        text: query,
        note: null,
        take: { what: 'search', query },
      })),
    ];
  }

  #keys(typed: Typed, at: Unfinished): Proposal[] {
    const part = at.part.toLowerCase();
    const minus = at.excluded ? '-' : '';
    const keys = KEYS.filter((key) => key.startsWith(part) && !(at.excluded && isDayKey(key)));
    const proposals = keys.map((key) =>
      write(typed, at, 'keys', `${minus}${key}:`, words.search.keys[key] ?? null, `${minus}${key}:`),
    );
    if (part === '' && !at.excluded) proposals.push(write(typed, at, 'keys', '-', words.search.exclude, '-'));
    return proposals;
  }

  #known(typed: Typed, at: Unfinished): Proposal[] {
    const key = at.key ?? '';
    const part = at.part.toLowerCase();
    const fits = (value: string, note: string | null) =>
      value.toLowerCase().includes(part) || (note?.toLowerCase().includes(part) ?? false);
    const minus = at.excluded ? '-' : '';
    const value = (text: string, note: string | null, section: Section) =>
      write(typed, at, section, text, note, `${minus}${term(key, text)} `);
    if (key === 'is')
      return Object.entries(words.search.is)
        .filter(([text, note]) => fits(text, note))
        .map(([text, note]) => value(text, note, 'values'));
    if (isDayKey(key)) {
      if (at.excluded) return [];
      const days = DAYS.map((back) => [isoDay(daysBefore(this.now(), back)), words.search.days[back] ?? null] as const);
      return [
        ...days.filter(([text, note]) => fits(text, note)).map(([text, note]) => value(text, note, 'days')),
        { id: 'calendar', section: 'days', text: words.search.chooseDay, note: null, take: { what: 'calendar' } },
      ];
    }
    if (this.#values?.key !== key) return [];
    // Until the next answer is there, what fits of the last one.
    return this.#values.found
      .map((known) => ({ ...known, label: known.label ?? wordFor(key, known.value) }))
      .filter((known) => fits(known.value, known.label))
      .map((known) => value(known.value, known.label, 'values'));
  }
}

/** A day of the calendar written where the day is being typed. */
export function withDay(typed: Typed, day: string): { text: string; caret: number } {
  const at = unfinished(typed.text, typed.caret);
  return written(typed, at, `${at.key ?? 'after'}:${day} `);
}

const manage: Proposal = {
  id: 'manage',
  section: 'saved',
  text: words.search.manage,
  note: null,
  take: { what: 'manage' },
};

const isDayKey = (key: string) => key === 'after' || key === 'before';

function wordFor(key: string, value: string): string | null {
  if (key === 'event') return own<string>(words.kinds, value) ?? null;
  if (key === 'status') {
    const word = own<string>(words.states, value) ?? null;
    return word === value ? null : word;
  }
  return null;
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

function write(
  typed: Typed,
  at: Unfinished,
  section: Section,
  text: string,
  note: string | null,
  put: string,
): Proposal {
  return { id: `${section}-${text}`, section, text, note, take: { what: 'write', ...written(typed, at, put) } };
}

/** The text with what is being typed replaced. */
function written(typed: Typed, at: Unfinished, put: string): { text: string; caret: number } {
  const behind = typed.text.slice(at.end);
  // One space is enough.
  const rest = put.endsWith(' ') ? behind.replace(/^\s/, '') : behind;
  const ahead = typed.text.slice(0, at.start);
  const gap = ahead === '' || /\s$/.test(ahead) ? ahead : `${ahead} `;
  return { text: `${gap}${put}${rest}`, caret: gap.length + put.length };
}
