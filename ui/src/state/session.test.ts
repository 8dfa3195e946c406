import { afterEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { Session } from './session.svelte';

/** The second question of what happened since comes a second after the first. */
const LATE = { timeout: 3000 };

let stop: (() => void) | undefined;
afterEach(() => stop?.());

function begun(scope: string) {
  const fake = new Fake({ subjects: 20 });
  fake.preferenceValues = { scope };
  const asked: string[] = [];
  const today = fake.today.bind(fake);
  fake.today = (query) => {
    asked.push(query.webhook);
    const isKnown = query.webhook === '' || fake.webhookRows.some((row) => row.slug === query.webhook);
    return isKnown ? today(query) : Promise.reject(new Error('no such webhook'));
  };
  const webhooks = fake.webhooks.bind(fake);
  fake.webhooks = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return webhooks();
  };
  const since: string[] = [];
  const changes = fake.changes.bind(fake);
  fake.changes = (query) => {
    since.push(query.webhook);
    return changes(query);
  };
  const session = new Session(fake);
  stop = session.start();
  return { fake, session, asked, since };
}

describe('what Today looks at, in a window that opens', () => {
  it('is everything where the remembered webhook was removed, from the first question', async () => {
    const { session, asked, since } = begun('removed');
    await vi.waitFor(() => expect(session.today.data).not.toBeNull());
    expect(session.today.error).toBeNull();
    await vi.waitFor(() => expect(since).toEqual(['']));
    expect(new Set(asked)).toEqual(new Set(['']));
  });

  it('is the remembered webhook, and everything again once that is removed', async () => {
    const { fake, session, asked, since } = begun('study-204');
    await vi.waitFor(() => expect(since).toEqual(['study-204']));
    expect(asked[0]).toBe('study-204');
    fake.webhookRows = fake.webhookRows.filter((row) => row.slug !== 'study-204');
    await session.webhooks.load();
    await vi.waitFor(() => expect(since.at(-1)).toBe(''), LATE);
    await vi.waitFor(() => expect(asked.at(-1)).toBe(''));
    expect(session.today.error).toBeNull();
  });

  it('is what is chosen', async () => {
    const { session, asked, since } = begun('');
    await vi.waitFor(() => expect(since).toEqual(['']));
    session.look('study-204');
    await vi.waitFor(() => expect(since.at(-1)).toBe('study-204'), LATE);
    expect(asked).toContain('study-204');
  });
});
