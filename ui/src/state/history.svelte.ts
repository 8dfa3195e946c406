// Bringing in CentrePoint's history of a webhook: tried first, so that what would be added is seen before it is.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { HistoryImport } from '../ipc/bindings/HistoryImport';
import type { HistoryProgress } from '../ipc/bindings/HistoryProgress';
import type { HistoryReport } from '../ipc/bindings/HistoryReport';
import { failure } from './failure';
import type { Preferences } from './preferences.svelte';

/** How often it is asked how far an import is, in milliseconds. */
const TICK = 400;
/** CentrePoint's clock and this one differ a little: a time is asked for with so much around it, in milliseconds. */
const AROUND = 600_000;
const REMEMBERED = 'history_api';

/** Which time is meant, and of which webhook. */
export interface HistoryAsked {
  webhook: string | null;
  from: string | null;
  to: string | null;
}

export interface ApiFields {
  token_url: string;
  api_url: string;
  client_id: string;
  study_id: string;
  webhook_id: string;
}

const NO_FIELDS: ApiFields = { token_url: '', api_url: '', client_id: '', study_id: '', webhook_id: '' };
const NAMES = Object.keys(NO_FIELDS) as (keyof ApiFields)[];

function areFields(value: unknown): value is ApiFields {
  if (typeof value !== 'object' || value === null) return false;
  return NAMES.every((name) => typeof (value as Record<string, unknown>)[name] === 'string');
}

type HistoryBackend = Pick<Backend, 'historyChooseFiles' | 'historyImport' | 'historyProgress' | 'historyStop'>;

export class HistoryState {
  /** The dialog is open, and was opened for this. */
  asked = $state.raw<HistoryAsked | null>(null);
  source = $state<'file' | 'api'>('file');
  webhook = $state('');
  files = $state.raw<readonly string[]>([]);
  fields = $state<ApiFields>({ ...NO_FIELDS });
  secret = $state('');
  /** Only what was made in the time it was opened for. */
  onlyThen = $state(true);
  anyWebhook = $state(false);
  by = $state('');
  progress = $state.raw<HistoryProgress | null>(null);
  /** What it would do, or did. */
  report = $state.raw<HistoryReport | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);

  constructor(
    private readonly backend: HistoryBackend,
    private readonly preferences: Preferences,
    private readonly tick = TICK,
  ) {}

  open(asked: HistoryAsked, by: string): void {
    this.asked = asked;
    this.webhook = asked.webhook ?? '';
    this.files = [];
    this.secret = '';
    this.onlyThen = asked.from !== null || asked.to !== null;
    this.anyWebhook = false;
    this.by = by;
    this.fields = { ...NO_FIELDS, ...this.preferences.get(REMEMBERED, areFields) };
    this.#begin();
  }

  close(): void {
    if (this.busy) this.stop();
    // A secret is kept no longer than it is needed.
    this.secret = '';
    this.asked = null;
  }

  /** Back to where it comes from: what was tried is not true of anything else. */
  again(): void {
    this.#begin();
  }

  async choose(): Promise<void> {
    this.error = null;
    try {
      this.files = (await this.backend.historyChooseFiles()) ?? this.files;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Whether there is something to read. */
  get ready(): boolean {
    if (this.webhook === '') return false;
    if (this.source === 'file') return this.files.length > 0;
    return this.secret !== '' && NAMES.every((name) => this.fields[name].trim() !== '');
  }

  async run(dryRun: boolean): Promise<void> {
    if (this.busy || !this.ready) return;
    this.busy = true;
    this.error = null;
    const watching = setInterval(() => void this.#look(), this.tick);
    try {
      if (this.source === 'api') this.preferences.set(REMEMBERED, { ...this.fields });
      const report = await this.backend.historyImport(this.#request(dryRun));
      // One that was stopped before it compared everything says nothing.
      this.report = report.stopped && report.dry_run ? null : report;
    } catch (thrown) {
      this.error = failure(thrown);
      if (dryRun) this.report = null;
    } finally {
      clearInterval(watching);
      this.progress = null;
      this.busy = false;
    }
  }

  stop(): void {
    void this.backend.historyStop().catch(() => undefined);
  }

  #begin(): void {
    this.report = null;
    this.error = null;
    this.progress = null;
  }

  async #look(): Promise<void> {
    const progress = await this.backend.historyProgress().catch(() => null);
    if (this.busy) this.progress = progress;
  }

  #request(dryRun: boolean): HistoryImport {
    const around = (at: string | null, by: number) =>
      at === null || !this.onlyThen ? null : new Date(new Date(at).getTime() + by).toISOString();
    const isApi = this.source === 'api';
    return {
      webhook: this.webhook,
      files: isApi ? [] : [...this.files],
      api: isApi ? { ...this.fields, secret: this.secret, scope: '' } : null,
      from: around(this.asked?.from ?? null, -AROUND),
      to: around(this.asked?.to ?? null, AROUND),
      any_webhook: this.anyWebhook,
      dry_run: dryRun,
      by: this.by.trim(),
    };
  }
}
