// What the palette lists: what can be done now by name, first with what is selected; places, saved searches, webhooks, themes, subjects, and a
// search for what is typed. Scored, grouped, the lately used first, bounded. Leaves out the looks.
import { computeCommandScore } from 'bits-ui';

import type { KnownValue } from '../ipc/bindings/KnownValue';
import { words } from '../words/en';
import { type CommandId, keysOf } from './commands';
import { VIEWS } from './router.svelte';
import { SEARCHED } from './searches.svelte';
import type { Session } from './session.svelte';
import { findSettings } from './settings-index';

/** Entries of a group at most; saved searches and subjects may be hundreds. */
const MOST_OF_GROUP = 12;
/** Commands used lately that are remembered, and shown. */
const MOST_RECENT = 5;
/** Where the program keeps them. */
const RECENT = 'palette.recent';
/** A pause in typing after which subjects are asked for, in milliseconds. */
const REST = 80;
const THEMES = ['system', 'light', 'dark'] as const;

export type Group = keyof typeof words.palette.groups;

export interface Entry {
  /** Stays the same from one opening to the next. */
  id: string;
  group: Group;
  name: string;
  note?: string;
  keys?: string[];
  run: () => void;
}

export interface Listed {
  group: Group;
  entries: Entry[];
}

/** The palette itself. */
const UNLISTED = new Set<CommandId>(['palette']);
const VIEW_IDS = new Set<string>(VIEWS);
/** What is offered everywhere is no act on a selection. */
const FRAME = new Set<string>([
  ...VIEWS,
  'search',
  'export',
  'save_search',
  'manage_searches',
  'show_errors',
  'show_open',
  'undo',
  'add_webhook',
  'setup',
  'check_setup',
  'quit',
  'zoom_in',
  'zoom_out',
  'zoom_reset',
  'help',
] satisfies CommandId[]);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

export class Palette {
  typed = $state('');
  at = $state(0);
  #subjects = $state.raw<{ part: string; found: readonly KnownValue[] }>({ part: '', found: [] });
  /** Asked once an opening: what is selected does not change under it. */
  #all = $state.raw<readonly Entry[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  readonly listed: readonly Listed[] = $derived.by(() => this.#list());
  readonly entries: readonly Entry[] = $derived(this.listed.flatMap((listed) => listed.entries));

  constructor(
    private readonly session: Session,
    private readonly rest = REST,
  ) {}

  begin(): void {
    this.typed = '';
    this.at = 0;
    this.#all = this.#collect();
  }

  type(text: string): void {
    this.typed = text;
    this.at = 0;
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const part = text.trim();
    if (part.length < 2) return;
    this.#timer = setTimeout(() => {
      this.session.backend.searchValues({ key: 'subject', part }).then(
        (found) => {
          if (turn === this.#turn) this.#subjects = { part, found };
        },
        () => undefined,
      );
    }, this.rest);
  }

  move(by: number): void {
    const count = this.entries.length;
    if (count > 0) this.at = (this.at + by + count) % count;
  }

  /** Notes that it was used. */
  used(entry: Entry): void {
    if (['selected', 'settings', 'search', 'subjects'].includes(entry.group)) return;
    const id = entry.id.replace(/^recent-/, '');
    const recent = [id, ...this.#recent().filter((known) => known !== id)].slice(0, MOST_RECENT);
    this.session.preferences.set(RECENT, recent);
  }

  #recent(): string[] {
    return this.session.preferences.get(RECENT, isTexts) ?? [];
  }

  #collect(): Entry[] {
    const { session } = this;
    const { keys, searches, settings, webhooks } = session;
    const offered = keys.offered.filter((offer) => !UNLISTED.has(offer.id));
    const entry = (group: Group, id: string, name: string, run: () => void, more: Partial<Entry> = {}): Entry => ({
      id,
      group,
      name,
      run,
      ...more,
    });
    const commands = offered.map(({ id, name, run }) => {
      const group = !FRAME.has(id) ? 'selected' : VIEW_IDS.has(id) ? 'views' : 'actions';
      return entry(group, id, name ?? words.commands[id], run, { keys: keysOf(id) });
    });
    // A pane that answers the key alone.
    const copy = commands.some(({ id }) => id === 'copy') ? null : keys.find('c');
    if (copy)
      commands.push(
        entry('selected', 'copy', words.commands.copy, () => copy(new KeyboardEvent('keydown', { key: 'c' })), {
          keys: keysOf('copy'),
        }),
      );
    const saved = searches.all.map(({ name, view, query }) => {
      const run = () => session.openSearch(view, query);
      const list = SEARCHED.find((known) => known === view);
      return entry('saved', `saved-${name}`, name, run, { note: `${list ? words.views[list] : view} · ${query}` });
    });
    const rows = webhooks.rows ?? [];
    const scoped = (slug: string) => () => {
      session.look(slug);
      session.router.show('today');
    };
    const scope =
      rows.length < 2
        ? []
        : [
            ...(session.scope.webhook === '' ? [] : [entry('scope', 'scope', words.palette.allWebhooks, scoped(''))]),
            ...rows
              .filter(({ slug }) => slug !== session.scope.webhook)
              .map(({ slug, name }) => entry('scope', `scope-${slug}`, name, scoped(slug), { note: slug })),
          ];
    const themes = THEMES.map((theme) => {
      const name = `${words.palette.theme}: ${words.settings.general.themes[theme] ?? theme}`;
      return entry('actions', `theme-${theme}`, name, () => void settings.save({ theme }));
    });
    return [...commands, ...saved, ...scope, ...themes];
  }

  #list(): Listed[] {
    const typed = this.typed.trim();
    if (typed === '') return this.#resting();
    const recent = new Set(this.#recent());
    const scored = this.#all
      .map((entry) => ({ entry, score: computeCommandScore(entry.name, typed, entry.note ? [entry.note] : []) }))
      .filter(({ score }) => score > 0)
      // Of two that fit alike, the one used lately.
      .map(({ entry, score }) => ({ entry, score: recent.has(entry.id) ? score * 1.1 : score }))
      .sort((a, b) => b.score - a.score);
    const groups = grouped(scored.map(({ entry }) => entry));
    return [
      ...groups,
      ...grouped([...this.#settingsLike(typed), ...this.#subjectsLike(typed), ...this.#searches(typed)]),
    ];
  }

  /** Nothing is typed: what is selected, what was used lately, then everything by its group. */
  #resting(): Listed[] {
    const recent = this.#recent()
      .map((id) => this.#all.find((entry) => entry.id === id && entry.group !== 'selected'))
      .filter((entry) => entry !== undefined)
      .map((entry): Entry => ({ ...entry, id: `recent-${entry.id}`, group: 'recent' }));
    const selected = this.#all.filter((entry) => entry.group === 'selected');
    const rest = this.#all.filter((entry) => entry.group !== 'selected');
    const order: Group[] = ['selected', 'recent', 'views', 'saved', 'scope', 'actions'];
    return grouped([...selected, ...recent, ...rest]).sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
  }

  #settingsLike(typed: string): Entry[] {
    if (typed.length < 3) return [];
    return findSettings(typed)
      .slice(0, 4)
      .map(({ id, name }) => ({
        id: `setting-${id}`,
        group: 'settings',
        name: words.finding.palette(name),
        run: () => this.session.openSetting(id),
      }));
  }

  #subjectsLike(typed: string): Entry[] {
    const { part, found } = this.#subjects;
    if (typed.length < 2 || !typed.startsWith(part)) return [];
    const wanted = typed.toLowerCase();
    return found
      .filter(({ value, label }) => [value, label ?? ''].some((text) => text.toLowerCase().includes(wanted)))
      .slice(0, 6)
      .map(({ value, label }) => ({
        id: `subject-${value}`,
        group: 'subjects',
        name: label ?? value,
        ...(label === null ? {} : { note: value }),
        run: () => void this.session.findSubject(value),
      }));
  }

  #searches(typed: string): Entry[] {
    return SEARCHED.map((view) => ({
      id: `search-${view}`,
      group: 'search',
      name: words.palette.searchFor(words.views[view].toLowerCase(), typed),
      run: () => this.session.openSearch(view, typed),
    }));
  }
}

/** In the order in which each group comes first. */
function grouped(entries: readonly Entry[]): Listed[] {
  const found = new Map<Group, Entry[]>();
  for (const entry of entries) {
    const group = found.get(entry.group) ?? [];
    if (group.length < MOST_OF_GROUP || entry.group === 'actions') group.push(entry);
    found.set(entry.group, group);
  }
  return [...found].map(([group, list]) => ({ group, entries: list }));
}
