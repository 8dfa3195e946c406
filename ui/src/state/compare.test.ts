import { beforeEach, describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import type { EventRow } from '../ipc/bindings/EventRow';
import { Comparison } from './compare.svelte';

let fake: Fake;
let comparison: Comparison;

/** The end of an upload whose start is there, too. */
function ended(): EventRow {
  const rows = fake.ledger.events.map((kept) => kept.row);
  const found = rows.findLast((row) => row.event === 'upload' && row.status === 'completed');
  if (!found) throw new Error('uploads end');
  return found;
}

beforeEach(() => {
  fake = new Fake({ subjects: 12 });
  comparison = new Comparison(fake);
});

describe('a comparison', () => {
  it('is with the event before of the same upload, the older on the left', async () => {
    const row = ended();
    await comparison.begin(row);
    expect(comparison.chosen).toBe('upload');
    expect(comparison.pair?.right.row.sequence).toBe(row.sequence);
    expect(comparison.pair?.left.row.upload_id).toBe(row.upload_id);
    expect(comparison.pair?.left.row.sequence).toBeLessThan(row.sequence);
  });

  it('is with the marked one where one is marked, also a newer one', async () => {
    const marked = ended();
    comparison.mark(marked);
    const first = fake.ledger.events[0]?.row;
    if (!first) throw new Error('there are events');
    await comparison.begin(first);
    expect(comparison.chosen).toBe('marked');
    expect(comparison.pair?.left.row.sequence).toBe(first.sequence);
    expect(comparison.pair?.right.row.sequence).toBe(marked.sequence);
  });

  it('is not with itself', async () => {
    const row = ended();
    comparison.mark(row);
    await comparison.begin(row);
    expect(comparison.offers?.marked).toBeUndefined();
    comparison.mark(row);
    expect(comparison.marked).toBeNull();
  });

  it('offers nothing where there is nothing before', async () => {
    const first = fake.ledger.events[0]?.row;
    if (!first) throw new Error('there are events');
    await comparison.begin(first);
    expect(comparison.offers).toEqual({});
    expect(comparison.pair).toBeNull();
  });

  it('that was closed meanwhile stays closed', async () => {
    const under = comparison.begin(ended());
    comparison.close();
    await under;
    expect(comparison.event).toBeNull();
    expect(comparison.pair).toBeNull();
  });

  it('says what went wrong', async () => {
    fake.event = () => Promise.reject({ code: 'internal', message: 'the disk', span: null, field: null });
    await comparison.begin(ended());
    expect(comparison.error?.message).toBe('the disk');
  });
});
