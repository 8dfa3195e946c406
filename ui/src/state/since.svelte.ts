// What happened since the person last looked, or since a day they choose. The moment of the last look stands still while they read: it moves
// only when they come back after having been away.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Changes } from '../ipc/bindings/Changes';
import { Coalesced } from './coalesced';
import { failure } from './failure';
import type { Live } from './live.svelte';

/** Away for so long is away; less is a glance elsewhere. In milliseconds. */
export const AWAY = 15 * 60_000;
/** How often it is noted that the window is looked at. In milliseconds. */
const NOTED = 60_000;

export class Since {
  /** When the window was last looked at before this sitting; null: never before. */
  looked = $state<string | null>(null);
  /** A moment chosen instead. */
  chosen = $state<string | null>(null);
  changes = $state.raw<Changes | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly moment = $derived(this.chosen ?? this.looked);

  #hidden: Date | null = null;
  #refresh: Coalesced;

  constructor(
    private readonly backend: Pick<Backend, 'looked' | 'look' | 'changes'>,
    private readonly now: () => Date = () => new Date(),
    gap = 1000,
    private readonly scope: { readonly webhook: string } = { webhook: '' },
  ) {
    this.#refresh = new Coalesced(() => this.#fetch(), gap);
  }

  /** Reads when the last look was, then notes this one. Returns the way to stop. */
  start(live: Live, page: Document = document): () => void {
    const turned = () => (page.hidden ? this.left() : this.came());
    const off = live.on('changed', () => this.#refresh.ask());
    const timer = setInterval(() => !page.hidden && this.#look(), NOTED);
    page.addEventListener('visibilitychange', turned);
    return () => {
      off();
      clearInterval(timer);
      page.removeEventListener('visibilitychange', turned);
      this.#refresh.stop();
    };
  }

  async begin(): Promise<void> {
    try {
      const last = await this.backend.looked();
      // A look a moment ago is this sitting: the page was loaded again.
      this.looked = last;
    } catch (thrown) {
      this.error = failure(thrown);
    }
    this.#look();
    this.#refresh.ask();
  }

  left(): void {
    this.#hidden = this.now();
    this.#look();
  }

  came(): void {
    const since = this.#hidden;
    this.#hidden = null;
    if (since && this.now().getTime() - since.getTime() >= AWAY) {
      this.looked = since.toISOString();
      this.#refresh.ask();
    }
    this.#look();
  }

  /** Since this moment; null: since the last look. */
  choose(moment: string | null): void {
    this.chosen = moment;
    this.changes = null;
    this.#refresh.ask();
  }

  refresh(): void {
    this.#refresh.ask();
  }

  #look(): void {
    // A note that fails costs nothing: the next one is a minute away.
    this.backend.look().catch(() => undefined);
  }

  async #fetch(): Promise<void> {
    const since = this.moment;
    if (since === null) return;
    try {
      const { webhook } = this.scope;
      const changes = await this.backend.changes({ since, webhook });
      if (since === this.moment && webhook === this.scope.webhook) this.changes = changes;
      this.error = null;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }
}
