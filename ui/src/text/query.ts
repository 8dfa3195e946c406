// The search language as far as the window must read it: where terms stand, so that each can be a chip. Its meaning, and what is
// wrong with a query, is said by the program alone.

export interface Term {
  /** As typed, with its `-` and its quotes. */
  text: string;
  /** `null` for a word or a phrase. */
  key: string | null;
  value: string;
  excluded: boolean;
}

/** Keys a chip is made for. */
export const KEYS = [
  'status',
  'event',
  'webhook',
  'study',
  'site',
  'subject',
  'upload',
  'serial',
  'delivery',
  'is',
  'after',
  'before',
];

const TERM = /(-?)(?:(\p{L}[\p{L}\p{N}_-]*):)?("(?:[^"]|"")*"?|\S*)/uy;

export function terms(query: string): Term[] {
  const found: Term[] = [];
  let at = 0;
  while (at < query.length) {
    if (/\s/u.test(query.charAt(at))) {
      at += 1;
      continue;
    }
    TERM.lastIndex = at;
    const match = TERM.exec(query);
    if (!match || match[0] === '') break;
    const raw = match[3] ?? '';
    const quoted = raw.startsWith('"');
    found.push({
      text: match[0],
      key: match[2]?.toLowerCase() ?? null,
      value: quoted ? raw.slice(1, raw.length > 1 && raw.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : raw,
      excluded: match[1] === '-',
    });
    at = TERM.lastIndex;
  }
  return found;
}

/** Whether a term becomes a chip: `key:value`, complete. */
export function isChip(term: Term): boolean {
  return term.key !== null && KEYS.includes(term.key) && term.value !== '';
}

/** A value as the language takes it: in quotes where it has to be. */
export function quoted(value: string): string {
  return value === '' || /[\s"]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** `key:value`, with quotes where needed. */
export function term(key: string, value: string): string {
  return `${key}:${quoted(value)}`;
}

/** The query with a term more; the same term is not added twice. */
export function withTerm(query: string, added: string): string {
  const present = terms(query).map((known) => known.text);
  return present.includes(added) ? query : [...present, added].join(' ');
}

/** The query without a term. */
export function withoutTerm(query: string, removed: string): string {
  return terms(query)
    .map((known) => known.text)
    .filter((text) => text !== removed)
    .join(' ');
}

/** The query with every value of a key replaced. */
export function withOnly(query: string, key: string, value: string | null): string {
  const others = terms(query)
    .filter((known) => known.key !== key)
    .map((known) => known.text);
  return (value === null ? others : [...others, term(key, value)]).join(' ');
}
