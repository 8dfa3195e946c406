// Every key there is, once: who answers a key by its command's name, the palette and the sheet of keys all read it here. Lists answer the keys
// of moving by themselves (`Keys.register`); what they are called is here, too.

/** Sections of the sheet, and the lines in them. A line may be about several commands. */
export const SHEET = {
  everywhere: ['search', 'palette', 'export', 'settings', 'views', 'undo', 'zoom', 'help', 'quit'],
  lists: ['move', 'ends', 'page', 'open', 'back', 'copy'],
  events: ['compare', 'mark', 'cells', 'cellActs', 'columns', 'order'],
  problems: ['acknowledge', 'resolve', 'snooze', 'note', 'contact', 'group', 'select', 'more'],
  inspector: ['tabs'],
  searching: ['take', 'propose', 'last'],
} as const;

export type Section = keyof typeof SHEET;
export type Line = (typeof SHEET)[Section][number];

interface Known {
  /** As `Keys` names them. */
  keys: readonly string[];
  line: Line;
}

export const COMMANDS = {
  search: { keys: ['/', 'mod+f'], line: 'search' },
  palette: { keys: ['mod+k'], line: 'palette' },
  export: { keys: ['mod+e'], line: 'export' },
  settings: { keys: ['mod+,', 'mod+6'], line: 'settings' },
  today: { keys: ['mod+1'], line: 'views' },
  problems: { keys: ['mod+2'], line: 'views' },
  uploads: { keys: ['mod+3'], line: 'views' },
  subjects: { keys: ['mod+4'], line: 'views' },
  events: { keys: ['mod+5'], line: 'views' },
  undo: { keys: ['mod+z'], line: 'undo' },
  zoom_in: { keys: ['mod++', 'mod+='], line: 'zoom' },
  zoom_out: { keys: ['mod+-'], line: 'zoom' },
  zoom_reset: { keys: ['mod+0'], line: 'zoom' },
  help: { keys: ['?'], line: 'help' },
  quit: { keys: ['mod+q'], line: 'quit' },
  next: { keys: ['j', 'ArrowDown'], line: 'move' },
  previous: { keys: ['k', 'ArrowUp'], line: 'move' },
  first: { keys: ['Home'], line: 'ends' },
  last: { keys: ['End'], line: 'ends' },
  page_down: { keys: ['PageDown'], line: 'page' },
  page_up: { keys: ['PageUp'], line: 'page' },
  open: { keys: ['Enter'], line: 'open' },
  back: { keys: ['Escape'], line: 'back' },
  copy: { keys: ['c'], line: 'copy' },
  compare: { keys: ['d'], line: 'compare' },
  mark: { keys: ['m'], line: 'mark' },
  acknowledge: { keys: ['a'], line: 'acknowledge' },
  resolve: { keys: ['r'], line: 'resolve' },
  snooze: { keys: ['s'], line: 'snooze' },
  note: { keys: ['n'], line: 'note' },
  contact: { keys: ['l'], line: 'contact' },
  wake: { keys: [], line: 'snooze' },
  reopen: { keys: [], line: 'resolve' },
  unfold: { keys: ['ArrowRight'], line: 'group' },
  fold: { keys: ['ArrowLeft'], line: 'group' },
  select: { keys: ['x'], line: 'select' },
  // No keys, so only in the palette.
  save_search: { keys: [], line: 'search' },
  manage_searches: { keys: [], line: 'search' },
  show_errors: { keys: [], line: 'search' },
  show_open: { keys: [], line: 'search' },
  show_subject_events: { keys: [], line: 'search' },
  add_webhook: { keys: [], line: 'settings' },
  setup: { keys: [], line: 'settings' },
  check_setup: { keys: [], line: 'settings' },
} satisfies Record<string, Known>;

export type CommandId = keyof typeof COMMANDS;

/** What can be done now, and how it is called where its usual name does not say enough. */
export interface Offer {
  id: CommandId;
  name?: string;
  run: () => void;
}

/** Where the sheet does not just list the keys of a line's commands. */
const SHOWN: Partial<Record<Line, readonly string[]>> = {
  search: ['/'],
  views: ['mod', '1–6'],
  settings: ['mod', ','],
  zoom: ['mod', '+', '−', '0'],
  move: ['↑', '↓', 'J', 'K'],
  more: ['Shift', '↑', '↓'],
  cells: ['→', '←'],
  cellActs: ['Shift', 'F10'],
  columns: ['←', '→'],
  order: ['Alt', '↑', '↓'],
  tabs: ['1–5'],
  take: ['Tab'],
  propose: ['Alt', '↓'],
  last: ['Backspace'],
};

const NAMES: Record<string, string> = {
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
};

/** `⌘` on a Mac, `Ctrl` elsewhere. */
export const COMMAND = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

function named(key: string): string {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** A key as its cap says: `Ctrl`, `K`. */
export function caps(key: string): string[] {
  return key.startsWith('mod+') ? [COMMAND, named(key.slice(4))] : [named(key)];
}

/** The first key of a command, as it is said beside its name. */
export function keysOf(id: CommandId): string[] {
  const [first] = COMMANDS[id].keys;
  return first === undefined ? [] : caps(first);
}

/** The caps of one line of the sheet. */
export function capsOf(line: Line): string[] {
  const shown = SHOWN[line];
  if (shown) return shown.map((cap) => (cap === 'mod' ? COMMAND : cap));
  return Object.values(COMMANDS)
    .filter((known) => known.line === line)
    .flatMap((known) => known.keys.flatMap(caps));
}
