import { describe, expect, it } from 'vitest';

import { BLOCK, Blocks } from './blocks';

const blocks = (most?: number) => new Blocks<{ id: number }>((row) => row.id, most);
const rows = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ id: from - at }));

describe('blocks', () => {
  it('keep rows by rank, on both sides of zero', () => {
    const kept = blocks();
    kept.put(2, rows(102, 5));
    expect([2, 1, 0, -1, -2, -3].map((rank) => kept.get(rank)?.id)).toEqual([102, 101, 100, 99, 98, undefined]);
    expect(kept.rankOf(99)).toBe(-1);
  });

  it('name the newest hole, and none where all is there', () => {
    const kept = blocks();
    kept.put(-1, rows(1000, BLOCK));
    expect(kept.hole(-BLOCK, -1, new Set())).toBeNull();
    expect(kept.hole(-BLOCK - 5, -1, new Set())).toBe(-2);
    expect(kept.hole(-BLOCK - 5, 3, new Set())).toBe(0);
    expect(kept.hole(-BLOCK - 5, 3, new Set([0]))).toBe(-2);
    expect(kept.hole(-BLOCK - 5, 3, new Set([0, -2]))).toBeNull();
  });

  it('let go of the longest unused, but not of the place that is marked', () => {
    const kept = blocks(2);
    kept.put(-1, rows(1000, BLOCK));
    kept.put(-1 - BLOCK, rows(1000 - BLOCK, BLOCK));
    kept.touch(-1, -1);
    kept.mark(700);
    kept.put(-1 - 2 * BLOCK, rows(1000 - 2 * BLOCK, BLOCK));
    expect(kept.size).toBe(2);
    expect(kept.get(-1)?.id).toBe(1000);
    expect(kept.get(-1 - BLOCK)).toBeUndefined();
    expect(kept.rankOf(700)).toBe(-301);
    expect(kept.rankOf(701)).toBeUndefined();
    kept.mark(1000);
    expect(kept.rankOf(700)).toBeUndefined();
  });

  it('forget where a row was when another stands there', () => {
    const kept = blocks();
    kept.put(-1, [{ id: 5 }]);
    kept.put(-1, [{ id: 6 }]);
    expect(kept.rankOf(5)).toBeUndefined();
    expect(kept.rankOf(6)).toBe(-1);
  });
});
