// What Today looks at: one webhook, or all. Remembered; forgotten where the webhook is no longer there, or is the only one. What is
// opened from Today carries it on as a term of the search, so that a list shows what a figure counted.
import { term, withTerm } from '../text/query';
import { isText, type Preferences } from './preferences.svelte';
import type { WebhooksState } from './webhooks.svelte';

const NAME = 'scope';

export class Scope {
  #chosen = $state('');

  /** The webhook's slug; empty: all. */
  readonly webhook = $derived.by(() => {
    const rows = this.webhooks.rows;
    // Not asked yet: what was remembered is believed.
    if (rows === null) return this.#chosen;
    return rows.length > 1 && rows.some((row) => row.slug === this.#chosen) ? this.#chosen : '';
  });

  constructor(
    private readonly preferences: Pick<Preferences, 'get' | 'set'>,
    private readonly webhooks: Pick<WebhooksState, 'rows'>,
  ) {}

  /** As it was left. */
  begin(): void {
    this.#chosen = this.preferences.get(NAME, isText) ?? '';
  }

  choose(webhook: string): void {
    this.#chosen = webhook;
    this.preferences.set(NAME, webhook || null);
  }

  /** A query about what Today looks at. */
  within(query = ''): string {
    return this.webhook === '' ? query : withTerm(query, term('webhook', this.webhook));
  }
}
