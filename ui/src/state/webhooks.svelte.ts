// The webhooks and the refused deliveries, as Settings shows them.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Recovery } from '../ipc/bindings/Recovery';
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
  /** Refused deliveries that fit by now, by webhook. */
  fitting = $state.raw<readonly Recovery[]>([]);
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

  /** Asks which refused deliveries the webhooks' present secrets fit. Costs a check of each, so it is asked when Settings is opened and
   * after what changes the answer, not with every change. */
  async lookForFitting(): Promise<void> {
    try {
      const rows = (await this.backend.webhooks()).filter((row) => row.authentication === 'hmac');
      const found = await Promise.allSettled(rows.map((row) => this.backend.rejectionsRecover(row.slug, true)));
      this.fitting = found.flatMap((each) =>
        each.status === 'fulfilled' && each.value.fitting > 0 ? [each.value] : [],
      );
    } catch {
      // The webhooks cannot be read: that is said where they would be listed.
      this.fitting = [];
    }
  }

  /** Accepts the refused deliveries that a webhook's secret fits; how many these were. */
  async recover(slug: string): Promise<number> {
    const done = await this.backend.rejectionsRecover(slug, false);
    await Promise.all([this.load(), this.lookForFitting()]);
    return done.accepted;
  }

  /** Adds or changes one; returns things to know. Rejects with what was wrong. */
  async save(form: WebhookForm, isNew: boolean): Promise<{ row: WebhookRow; warnings: string[] }> {
    const saved = isNew ? await this.backend.webhookAdd(form) : await this.backend.webhookEdit(form);
    await this.load();
    void this.lookForFitting();
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
