// The search language as the program's own parser reads it (study/src/query/parse.rs), for the fake alone: same terms, same refusals, same
// places. The window parses nothing; it asks.

export const KEYS = ['status', 'event', 'webhook', 'study', 'site', 'subject', 'upload', 'serial', 'delivery'];
export const IS = ['error', 'open', 'acknowledged', 'resolved', 'stuck', 'silent', 'repeat', 'unreadable'];

const MAX_TERMS = 64;
const MAX_VALUE_CHARACTERS = 256;
const LONGEST = 2000;

/** One term as typed; places in characters. */
export interface Parsed {
  start: number;
  end: number;
  key: string | null;
  value: string;
  excluded: boolean;
}

export interface Refusal {
  message: string;
  start: number;
  end: number;
}

/** What is understood, up to the first thing that is not. */
export function parse(text: string): { terms: Parsed[]; error: Refusal | null } {
  const characters = Array.from(text);
  if (characters.length > LONGEST) {
    const message = `the search is longer than ${LONGEST} characters`;
    return { terms: [], error: { message, start: LONGEST, end: characters.length } };
  }
  const terms: Parsed[] = [];
  try {
    const reader = new Reader(characters);
    for (let term = reader.term(); term; term = reader.term()) terms.push(term);
    return { terms, error: null };
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const { message, start, end } = thrown;
    return { terms: terms.filter((term) => term.end <= start), error: { message: said(message, start), start, end } };
  }
}

const said = (message: string, start: number) => `${message} (at character ${start + 1})`;

class Refused extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

const EXAMPLES: Record<string, string> = {
  status: 'error',
  is: 'error',
  event: 'upload',
  webhook: 'study-189',
  site: '12',
  subject: '000103',
  upload: '85045',
  serial: 'TAS1Z12345678',
  after: '2026-08-22',
  before: '2026-08-22',
};

const example = (key: string) => EXAMPLES[key.toLowerCase()] ?? '189';
// Control characters separate words like a space.
// eslint-disable-next-line no-control-regex -- these are what is looked for
const isSpace = (character: string) => /[\s\u0000-\u001f\u007f-\u009f]/u.test(character);

class Reader {
  #at = 0;
  #count = 0;

  constructor(private readonly characters: readonly string[]) {}

  term(): Parsed | null {
    while (this.#at < this.characters.length && isSpace(this.#peek())) this.#at += 1;
    const start = this.#at;
    if (start >= this.characters.length) return null;
    const excluded = this.#peek() === '-';
    if (excluded) {
      this.#at += 1;
      if (this.#ends())
        throw new Refused('- excludes what stands right behind it: a word, a phrase or key:value', start, this.#at);
    }
    const at = this.#at;
    const typed = this.#key();
    if (typed !== null && this.#ends())
      throw new Refused(`${typed}: needs a value right behind it, as in ${typed}:${example(typed)}`, at, this.#at);
    const from = this.#at;
    const value = this.#value();
    const key = typed?.toLowerCase() ?? null;
    const term = { start, end: this.#at, key, value, excluded };
    this.#count += 1;
    if (this.#count > MAX_TERMS) throw new Refused(`too many terms: ${MAX_TERMS} is the most`, start, term.end);
    this.#check(term, typed, at, from);
    return term;
  }

  #peek(): string {
    return this.characters[this.#at] ?? '';
  }

  #ends(): boolean {
    return this.#at >= this.characters.length || isSpace(this.#peek());
  }

  /** A letter, then letters, digits, `_` or `-`, then a colon, which is passed over. */
  #key(): string | null {
    if (!/\p{Alphabetic}/u.test(this.#peek())) return null;
    let end = this.#at;
    while (/[\p{Alphabetic}\p{N}_-]/u.test(this.characters[end] ?? '')) end += 1;
    if (this.characters[end] !== ':') return null;
    const key = this.characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return key;
  }

  #value(): string {
    const start = this.#at;
    let text = '';
    if (this.#peek() === '"') {
      this.#at += 1;
      for (;;) {
        if (this.#at >= this.characters.length)
          throw new Refused('this quote is not closed', start, this.characters.length);
        const character = this.#peek();
        this.#at += 1;
        if (character === '"') {
          if (this.#peek() !== '"') break;
          this.#at += 1;
        }
        text += isSpace(character) ? ' ' : character;
      }
    } else {
      while (!this.#ends()) {
        text += this.#peek();
        this.#at += 1;
      }
    }
    if (Array.from(text).length > MAX_VALUE_CHARACTERS)
      throw new Refused(`too long: ${MAX_VALUE_CHARACTERS} characters is the most`, start, this.#at);
    return text;
  }

  #check(term: Parsed, typed: string | null, at: number, from: number): void {
    const { key, value, end } = term;
    if (key === null || typed === null) {
      if (!/[\p{Alphabetic}\p{N}]/u.test(value)) throw new Refused('a search needs a letter or a digit', from, end);
    } else if (key === 'is') {
      if (!IS.includes(value.toLowerCase())) throw new Refused(`is: takes one of ${IS.join(', ')}`, from, end);
    } else if (key === 'after' || key === 'before') {
      const other = key === 'after' ? 'before' : 'after';
      if (term.excluded) throw new Refused(`${key}: cannot be excluded; use ${other}: instead`, term.start, end);
      if (!isDay(value)) throw new Refused(`${key}: takes a day of the calendar, as in ${key}:2026-08-22`, from, end);
    } else if (!KEYS.includes(key)) {
      const known = KEYS.map((one) => `${one}:`).join(' ');
      throw new Refused(
        `${typed}: is not a key; there are ${known} is: after: before:, and quotes around a text with a colon search for it as it is`,
        at,
        at + Array.from(typed).length,
      );
    } else if (value === '') {
      throw new Refused(`${key}: needs a value between the quotes, as in ${key}:${example(key)}`, from, end);
    }
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
