// One export at a time: its form, its progress, its end. The file itself is the program's business.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { ExportProgress } from '../ipc/bindings/ExportProgress';
import { failure } from './failure';
import type { Live } from './live.svelte';
import type { View } from './router.svelte';

export type Profile = 'excel' | 'xlsx' | 'analysis';

export class ExportState {
  open = $state(false);
  query = $state('');
  /** Where the query is from: events are exported, whatever is shown there. */
  from = $state<View>('events');
  profile = $state<Profile>('excel');
  withBody = $state(false);
  /** Where the file goes; once a person has typed or chosen it, no proposal changes it. */
  path = $state('');
  /** How many events the query has; null until it is known. */
  count = $state<number | null>(null);
  progress = $state.raw<ExportProgress | null>(null);
  error = $state.raw<ApiError | null>(null);
  starting = $state(false);

  #id: number | null = null;
  #touched = false;
  /** Messages may come before `exportStart` has answered with the id they are about. */
  #early = new Map<number, ExportProgress>();

  constructor(
    private readonly backend: Backend,
    live: Live,
  ) {
    live.on('export', (progress) => this.#hear(progress));
  }

  get running(): boolean {
    return this.starting || this.progress?.state === 'running';
  }

  /** Opens the dialog on a query. A running export stays in it. */
  async begin(query: string, from: View = 'events'): Promise<void> {
    this.open = true;
    if (this.running) return;
    this.query = query;
    this.from = from;
    this.progress = null;
    this.error = null;
    this.count = null;
    this.path = '';
    this.#touched = false;
    await Promise.all([this.#propose(), this.#ask()]);
  }

  async choose(profile: Profile): Promise<void> {
    this.profile = profile;
    // A name that was typed keeps all but an ending that would be wrong: Excel opens no workbook that is called CSV.
    this.path = this.path.replace(/\.(csv|xlsx)$/i, profile === 'xlsx' ? '.xlsx' : '.csv');
    await this.#propose();
  }

  setPath(path: string): void {
    this.#touched = true;
    this.path = path;
  }

  /** Asks for a place with the system's dialog. */
  async choosePath(): Promise<void> {
    try {
      const chosen = await this.backend.exportChoosePath(this.path);
      if (chosen !== null) this.setPath(chosen);
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  async start(): Promise<void> {
    if (this.running) return;
    this.starting = true;
    this.error = null;
    this.progress = null;
    this.#early.clear();
    this.#id = null;
    try {
      const request = { query: this.query, profile: this.profile, with_body: this.withBody, path: this.path };
      const id = await this.backend.exportStart(request);
      this.#id = id;
      this.progress = this.#early.get(id) ?? {
        id,
        state: 'running',
        rows: 0,
        total: this.count ?? 0,
        path: this.path,
        message: null,
      };
    } catch (thrown) {
      this.error = failure(thrown);
    } finally {
      this.starting = false;
      this.#early.clear();
    }
  }

  async cancel(): Promise<void> {
    if (this.#id === null) return;
    try {
      await this.backend.exportCancel(this.#id);
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  async reveal(): Promise<void> {
    if (!this.progress) return;
    try {
      await this.backend.exportReveal(this.progress.path);
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Back to the form, after the end of one. */
  again(): void {
    this.progress = null;
    this.error = null;
  }

  #hear(progress: ExportProgress): void {
    if (progress.id === this.#id) this.progress = progress;
    else if (this.starting) this.#early.set(progress.id, progress);
    else if (this.#id === null && progress.state === 'running') {
      // The page was loaded again while it ran.
      this.#id = progress.id;
      this.progress = progress;
    }
  }

  /** A name the person has not touched follows the query and the profile. */
  async #propose(): Promise<void> {
    try {
      const proposed = await this.backend.exportDefaultPath(this.query, this.profile);
      if (!this.#touched) this.path = proposed;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  async #ask(): Promise<void> {
    try {
      const page = await this.backend.events({
        query: this.query,
        before: null,
        after: null,
        until: null,
        offset: null,
        limit: 1,
        count: true,
      });
      this.count = page.total;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }
}
