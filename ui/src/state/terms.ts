// Queries taken apart by the program's parser, which also answers them. The same text is the same terms, so what was asked once is known.
import type { Backend } from '../ipc/backend';
import type { SearchTerms } from '../ipc/bindings/SearchTerms';

/** Texts remembered. */
const MOST = 200;

const NOTHING: SearchTerms = { terms: [], error: null };

export class Terms {
  #known = new Map<string, SearchTerms>([['', NOTHING]]);

  constructor(private readonly backend: Pick<Backend, 'searchTerms'>) {}

  /** Without asking; where it was asked before. */
  known(text: string): SearchTerms | undefined {
    return this.#known.get(text);
  }

  /** Where the program does not answer, nothing is a term: what was typed stays as it was typed. */
  async of(text: string): Promise<SearchTerms> {
    const known = this.#known.get(text);
    if (known) return known;
    try {
      const found = await this.backend.searchTerms(text);
      this.#known.set(text, found);
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= MOST) break;
        if (oldest !== '') this.#known.delete(oldest);
      }
      return found;
    } catch {
      return NOTHING;
    }
  }
}
