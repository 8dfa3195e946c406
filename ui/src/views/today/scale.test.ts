import { describe, expect, it } from 'vitest';

import { named, scale } from './scale';

describe('the lines of the chart', () => {
  it('are few, whole, and reach over the highest bar', () => {
    for (const highest of [1, 2, 3, 7, 12, 99, 1234]) {
      const marks = scale(highest);
      expect(marks[0]).toBe(0);
      expect(marks.at(-1)).toBeGreaterThanOrEqual(highest);
      expect(marks.length).toBeLessThanOrEqual(5);
      expect(marks.every(Number.isInteger)).toBe(true);
    }
  });
});

describe('the names under the bars', () => {
  it('stand under every bar where there is room', () => {
    expect(named(4, 100)).toEqual([0, 1, 2, 3]);
  });

  it('do not touch, and none sticks out', () => {
    const slot = 20;
    const found = named(30, slot);
    for (const [at, one] of found.entries())
      if (at > 0) expect((one - (found[at - 1] ?? 0)) * slot).toBeGreaterThan(75);
    expect((30 - (found.at(-1) ?? 0) - 0.5) * slot).toBeGreaterThanOrEqual(38);
    expect(((found[0] ?? 0) + 0.5) * slot).toBeGreaterThanOrEqual(38);
  });

  it('are none where there are no bars', () => {
    expect(named(0, 800)).toEqual([]);
  });
});
