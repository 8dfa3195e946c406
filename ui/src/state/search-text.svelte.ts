// The text of a search box: terms with a key as chips, what is being typed behind them. The program's parser says what a term is; its answer
// may take a moment, and nothing that was typed meanwhile is lost or moved by it. Leaves out proposals (completion.svelte.ts) and the looks.
import type { ApiError } from '../ipc/bindings/ApiError';
import type { SearchTerm } from '../ipc/bindings/SearchTerm';
import type { SearchTerms } from '../ipc/bindings/SearchTerms';
import type { Terms } from './terms';

/** A pause in typing after which the list follows, in milliseconds. */
const REST = 220;

/** What was not understood, and the text its place is in. */
export interface Misread {
  query: string;
  error: ApiError;
}

export class SearchText {
  chips = $state.raw<readonly SearchTerm[]>([]);
  /** What stands in the input. */
  text = $state('');
  caret = $state(0);
  /** Where the input's caret has to go: the text was changed by something else than typing. */
  moved = $state.raw<{ at: number } | null>(null);
  /** Said once the person is done typing. */
  misread = $state.raw<Misread | null>(null);
  typing = $state(false);

  #sent = '';
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly terms: Terms,
    private readonly change: (query: string) => void,
    /** Whether what is typed is likely to go on, so that the list need not follow it. */
    private readonly unsure: () => boolean = () => false,
    private readonly rest = REST,
  ) {}

  get query(): string {
    return [...this.chips.map((chip) => chip.text), this.text.trim()].filter((part) => part !== '').join(' ');
  }

  get empty(): boolean {
    return this.chips.length === 0 && this.text === '';
  }

  /** A query from elsewhere: a filter, a link, the way back. Our own comes back as we know it. */
  show(query: string): void {
    if (query === this.#sent) return;
    this.#stop();
    this.#sent = query;
    this.typing = false;
    const known = this.terms.known(query);
    if (known) {
      this.#divide(query, known);
      return;
    }
    this.chips = [];
    this.misread = null;
    this.#write(query, query.length);
    void this.#ask(query, (found) => this.#divide(query, found));
  }

  /** Somebody typed. A complete term that the caret has left becomes a chip; the list follows after a pause, unless it cannot be understood yet. */
  typed(text: string, caret: number): void {
    this.#stop();
    this.text = text;
    this.caret = caret;
    this.typing = true;
    this.misread = null;
    const read = this.#ask(text, (found) => this.#chip(found));
    const turn = this.#turn;
    this.#timer = setTimeout(
      () => void read.then((found) => turn === this.#turn && !found.error && !this.unsure() && this.#send()),
      this.rest,
    );
  }

  /** Something wrote the text for the person. */
  put(text: string, caret: number): void {
    this.#write(text, caret);
    this.typed(text, caret);
  }

  /** Typing is over: the list gets what is there, complete terms become chips, and what is wrong is said. */
  settle(): void {
    this.#stop();
    this.typing = false;
    const query = this.query;
    this.#send();
    const known = this.terms.known(query);
    if (known) this.#divide(query, known);
    else void this.#ask(query, (found) => this.#divide(query, found));
  }

  /** The chip back as text, with the caret behind it. */
  edit(at: number): void {
    const chip = this.chips[at];
    if (!chip) return;
    this.#stop();
    this.chips = this.chips.filter((_, index) => index !== at);
    this.typing = true;
    this.misread = null;
    this.#write(this.text === '' ? chip.text : `${chip.text} ${this.text}`, chip.text.length);
  }

  remove(at: number): void {
    this.chips = this.chips.filter((_, index) => index !== at);
    this.settle();
  }

  clear(): void {
    this.chips = [];
    this.#write('', 0);
    this.settle();
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  #write(text: string, caret: number): void {
    this.text = text;
    this.caret = caret;
    this.moved = { at: caret };
  }

  #send(): void {
    const query = this.query;
    if (query === this.#sent) return;
    this.#sent = query;
    this.change(query);
  }

  /** An answer counts as long as nothing happened since it was asked for. */
  async #ask(text: string, use: (found: SearchTerms) => void): Promise<SearchTerms> {
    const turn = this.#turn;
    const found = await this.terms.of(text);
    if (turn === this.#turn) use(found);
    return found;
  }

  /** A whole query into chips and the rest. */
  #divide(query: string, found: SearchTerms): void {
    const chips = found.terms.filter((term) => term.key !== null);
    this.chips = unlike(chips);
    this.misread = found.error && { query, error: found.error };
    const rest = without(query, chips, 0).text.trim();
    if (rest !== this.text) this.#write(rest, rest.length);
  }

  /** What the caret has left, while somebody types. */
  #chip(found: SearchTerms): void {
    const done = found.terms.filter((term) => term.key !== null && term.end < this.caret);
    if (done.length === 0) return;
    const rest = without(this.text, done, this.caret);
    this.chips = unlike([...this.chips, ...done]);
    this.#write(rest.text, rest.caret);
  }
}

/** Each term once. */
function unlike(terms: readonly SearchTerm[]): SearchTerm[] {
  return [...new Map(terms.map((term) => [term.text, term])).values()];
}

/** The text less some of its terms, in their order, each with the white space behind it; and where the caret is then. */
function without(text: string, terms: readonly SearchTerm[], caret: number): { text: string; caret: number } {
  let rest = '';
  let at = 0;
  let place = caret;
  for (const term of terms) {
    const behind = /^\s*/.exec(text.slice(term.end))?.[0].length ?? 0;
    const end = term.end + behind;
    rest += text.slice(at, term.start);
    at = end;
    if (caret >= end) place -= end - term.start;
    else if (caret > term.start) place -= caret - term.start;
  }
  return { text: rest + text.slice(at), caret: place };
}
