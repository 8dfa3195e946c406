import { describe, expect, it } from 'vitest';

import type { WebhookRow } from '../ipc/bindings/WebhookRow';
import { Fake } from '../ipc/fake';
import { Live } from './live.svelte';
import { Preferences } from './preferences.svelte';
import { Scope } from './scope.svelte';
import { TodayState } from './today.svelte';

const fake = new Fake({ subjects: 40 });
const rows = fake.webhookRows;

async function scopeOf(known: readonly WebhookRow[] | null, kept?: unknown) {
  fake.preferenceValues = kept === undefined ? {} : { scope: kept };
  const preferences = new Preferences(fake, 0);
  await preferences.begin();
  const scope = new Scope(preferences, { rows: known });
  scope.begin();
  return { scope, preferences };
}

describe('what Today looks at', () => {
  it('is remembered, and goes with every query', async () => {
    const { scope, preferences } = await scopeOf(rows);
    expect([scope.webhook, scope.within('is:open')]).toEqual(['', 'is:open']);
    scope.choose('study-204');
    expect(scope.within('is:open')).toBe('is:open webhook:study-204');
    expect(scope.within()).toBe('webhook:study-204');
    preferences.flush();
    await Promise.resolve();
    expect(fake.preferenceValues['scope']).toBe('study-204');
    expect((await scopeOf(rows, 'study-204')).scope.webhook).toBe('study-204');
  });

  it('is everything where the webhook was removed, is the only one, or what was kept is no name', async () => {
    expect((await scopeOf(rows, 'removed')).scope.webhook).toBe('');
    expect((await scopeOf(rows.slice(0, 1), 'study-189')).scope.webhook).toBe('');
    expect((await scopeOf(rows, 7)).scope.webhook).toBe('');
  });

  it('narrows Today and leaves the frame its counts of all', async () => {
    const { scope } = await scopeOf(rows, 'study-204');
    const today = new TodayState(fake, new Live(fake), scope);
    await today.fetch();
    const all = await fake.today({ time_zone: '', days: 1, webhook: '' });
    expect(today.overall).toEqual(all.counts);
    expect(today.data?.counts.subjects).toBeLessThan(all.counts.subjects);
    expect(today.data?.latest.every((row) => row.webhook === 'study-204')).toBe(true);
  });

  it('finds the newest event of an hour', async () => {
    const today = new TodayState(fake, new Live(fake));
    const [newest] = fake.ledger.events.slice(-1);
    if (!newest) throw new Error('there are events');
    const start = new Date(newest.row.received_at);
    start.setMinutes(0, 0, 0);
    const bar = { start: start.toISOString(), completed: 1, failed: 0 };
    expect(await today.newestOf(bar, '')).toBe(newest.row.sequence);
    expect(await today.newestOf({ ...bar, start: '2001-01-01T00:00:00Z' }, '')).toBeNull();
  });
});
