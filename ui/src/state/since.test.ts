import { describe, expect, it, vi } from 'vitest';

import type { Changes } from '../ipc/bindings/Changes';
import { AWAY, Since } from './since.svelte';

function bench(looked: string | null) {
  let now = new Date('2026-08-22T08:55:00Z');
  const asked: string[] = [];
  const look = vi.fn(() => Promise.resolve());
  const backend = {
    looked: () => Promise.resolve(looked),
    look,
    changes: ({ since }: { since: string }) => {
      asked.push(since);
      return Promise.resolve({ since, completed: asked.length } as unknown as Changes);
    },
  };
  const since = new Since(backend, () => now, 0);
  return { since, asked, look, later: (ms: number) => (now = new Date(now.getTime() + ms)) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('what happened since the last look', () => {
  it('is asked from the last look of before, and this look is noted', async () => {
    const { since, asked, look } = bench('2026-08-21T17:02:00Z');
    await since.begin();
    await settled();
    expect(asked).toEqual(['2026-08-21T17:02:00Z']);
    expect(since.changes?.since).toBe('2026-08-21T17:02:00Z');
    expect(look).toHaveBeenCalledTimes(1);
  });

  it('stands still during a glance elsewhere and moves after a time away', async () => {
    const { since, asked, later } = bench('2026-08-21T17:02:00Z');
    await since.begin();
    since.left();
    later(AWAY - 1);
    since.came();
    expect(since.moment).toBe('2026-08-21T17:02:00Z');
    since.left();
    later(AWAY);
    since.came();
    await settled();
    expect(since.moment).toBe(new Date(new Date('2026-08-22T08:55:00Z').getTime() + AWAY - 1).toISOString());
    expect(asked.at(-1)).toBe(since.moment);
  });

  it('goes by a chosen day until the last look is wanted again', async () => {
    const { since, asked } = bench('2026-08-21T17:02:00Z');
    await since.begin();
    since.choose('2026-08-15T00:00:00Z');
    await settled();
    expect(asked.at(-1)).toBe('2026-08-15T00:00:00Z');
    since.choose(null);
    await settled();
    expect(asked.at(-1)).toBe('2026-08-21T17:02:00Z');
  });

  it('says nothing on the first look of all', async () => {
    const { since, asked } = bench(null);
    await since.begin();
    await settled();
    expect(since.moment).toBeNull();
    expect(asked).toEqual([]);
  });
});
