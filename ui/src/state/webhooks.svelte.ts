// The webhooks and the refused deliveries, as Settings shows them.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Rejection } from '../ipc/bindings/Rejection';
import type { WebhookForm } from '../ipc/bindings/WebhookForm';
import type { WebhookRow } from '../ipc/bindings/WebhookRow';
import { Coalesced } from './coalesced';
import { failure } from './failure';

/** Refused deliveries shown. */
const REJECTIONS = 200;

export class WebhooksState {
  rows = $state.raw<readonly WebhookRow[] | null>(null);
  rejections = $state.raw<readonly Rejection[]>([]);
  error = $state.raw<ApiError | null>(null);

  #refresh: Coalesced;

  constructor(
    private readonly backend: Backend,
    gap = 500,
  ) {
    this.#refresh = new Coalesced(() => this.load(), gap);
  }

  refresh(): void {
    this.#refresh.ask();
  }

  async load(): Promise<void> {
    try {
      const [rows, rejections] = await Promise.all([this.backend.webhooks(), this.backend.rejections(REJECTIONS)]);
      this.rows = rows;
      this.rejections = rejections;
      this.error = null;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Adds or changes one; returns things to know. Rejects with what was wrong. */
  async save(form: WebhookForm, isNew: boolean): Promise<{ row: WebhookRow; warnings: string[] }> {
    const saved = isNew ? await this.backend.webhookAdd(form) : await this.backend.webhookEdit(form);
    await this.load();
    return { row: saved.webhook, warnings: saved.warnings };
  }

  async setEnabled(slug: string, enabled: boolean): Promise<void> {
    await this.backend.webhookSetEnabled(slug, enabled);
    await this.load();
  }

  async endFormer(slug: string): Promise<void> {
    await this.backend.webhookEndFormer(slug);
    await this.load();
  }

  async remove(slug: string): Promise<void> {
    await this.backend.webhookRemove(slug);
    await this.load();
  }
}
