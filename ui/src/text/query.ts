// Queries put together: a filter, a link, a completion adds or takes away terms. What a query means, where its terms stand and what is wrong
// with it is said by the program alone (`searchTerms`). What is left of reading here is where one term ends and the next begins, white space
// aside from quotes, for two things the program cannot answer: a link is composed at once, and a term that is still being typed
// (`status:`, `subject:"a`) is none yet.

/** A `-`, a key, then a text in quotes (closed or not) or all up to the next white space. */
const PIECE = /-?(?:\p{L}[\p{L}\p{N}_-]*:)?(?:"(?:[^"]|"")*"?|\S*)/uy;

interface Piece {
  start: number;
  end: number;
  text: string;
}

function pieces(query: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  while (at < query.length) {
    if (/\s/u.test(query.charAt(at))) {
      at += 1;
      continue;
    }
    PIECE.lastIndex = at;
    const text = PIECE.exec(query)?.[0] ?? '';
    if (text === '') break;
    found.push({ start: at, end: at + text.length, text });
    at += text.length;
  }
  return found;
}

/** The terms of a query, as they are written. */
export function texts(query: string): string[] {
  return pieces(query).map((piece) => piece.text);
}

/** A term that is being typed, as far as it goes. */
export interface Unfinished {
  /** Where it stands in the text: all of it, what is behind the caret too. */
  start: number;
  end: number;
  excluded: boolean;
  /** In lower case; `null` as long as there is no colon. */
  key: string | null;
  /** What stands between the colon, or the start, and the caret; without quotes. */
  part: string;
  /** It began with a quote. */
  quoted: boolean;
}

/** What is being typed at the caret; an empty one between terms. */
export function unfinished(text: string, caret: number): Unfinished {
  const piece = pieces(text).find(({ start, end }) => start < caret && caret <= end) ?? {
    start: caret,
    end: caret,
    text: '',
  };
  const typed = text.slice(piece.start, caret);
  const match = /^(-?)(?:(\p{L}[\p{L}\p{N}_-]*):)?("?)(.*)$/su.exec(typed);
  const part = match?.[4] ?? '';
  const isQuoted = match?.[3] === '"';
  return {
    start: piece.start,
    end: piece.end,
    excluded: match?.[1] === '-',
    key: match?.[2]?.toLowerCase() ?? null,
    part: isQuoted ? part.replace(/"$/, '').replaceAll('""', '"') : part,
    quoted: isQuoted,
  };
}

/** A value as the language takes it: in quotes where it has to be. */
export function quoted(value: string): string {
  return value === '' || /[\s"]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** `key:value`, with quotes where needed. */
export function term(key: string, value: string): string {
  return `${key}:${quoted(value)}`;
}

/** Whether a term is in the query, as it is written. */
export function hasTerm(query: string, wanted: string): boolean {
  return texts(query).includes(wanted);
}

/** The query with a term more; the same term is not added twice. */
export function withTerm(query: string, added: string): string {
  const present = texts(query);
  return present.includes(added) ? query : [...present, added].join(' ');
}

/** The query without a term. */
export function withoutTerm(query: string, removed: string): string {
  return texts(query)
    .filter((text) => text !== removed)
    .join(' ');
}

/** The query with every value of a key replaced; what it excludes stays. */
export function withOnly(query: string, key: string, value: string | null): string {
  const others = texts(query).filter((text) => !text.toLowerCase().startsWith(`${key}:`));
  return (value === null ? others : [...others, term(key, value)]).join(' ');
}
