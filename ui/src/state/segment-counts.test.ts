import { expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { SegmentCounts } from './segment-counts.svelte';

async function counted(rest: string): Promise<[SegmentCounts, Fake]> {
  const fake = new Fake({ subjects: 60 });
  const counts = new SegmentCounts(fake, 0);
  counts.of(rest);
  await vi.waitFor(() => expect(counts.figures.error).toBeDefined());
  return [counts, fake];
}

it('says how many stand how', async () => {
  const [{ figures }, fake] = await counted('');
  const { rows } = await fake.uploads({ query: 'status:error', before: null, limit: 1000 });
  expect(figures.error?.rows).toBe(rows.length);
  expect(figures.completed?.rows).toBeGreaterThan(figures.error?.rows ?? 0);
});

it('counts beside the search alone, and nothing of the one before', async () => {
  const [counts, fake] = await counted('');
  const all = counts.figures.completed?.rows ?? 0;
  const subject = fake.persons[0]?.id ?? '';
  counts.of(`subject:${subject}`);
  expect(counts.figures).toEqual({});
  await vi.waitFor(() => expect(counts.figures.completed).toBeDefined());
  expect(counts.figures.completed?.rows).toBeLessThan(all);
});
