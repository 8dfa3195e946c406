import { describe, expect, it } from 'vitest';

import { MOST, ROW, Track } from './track.svelte';

function track(count: number, most?: number): Track {
  const made = new Track(most);
  made.count = count;
  made.view = 640;
  return made;
}

/** As the scrolling element does: it keeps whole pixels. */
function stand(on: Track, offset: number): void {
  on.placed(Math.round(on.stand(offset)));
}

describe('a list that fits', () => {
  it('stands where the scrolling element stands', () => {
    const list = track(1_000_000);
    expect(list.isScaled).toBe(false);
    expect(list.height).toBe(32_000_000);
    list.moved(3200);
    expect(list.offset).toBe(3200);
    expect([list.first, list.last]).toEqual([100, 119]);
    expect(list.topOf(100)).toBe(3200);
  });

  it('draws some rows around what is in sight, and none that are not there', () => {
    const list = track(20);
    expect([list.drawnFirst, list.drawnLast]).toEqual([0, 19]);
    const long = track(1000);
    long.moved(3200);
    expect([long.drawnFirst, long.drawnLast]).toEqual([94, 125]);
  });

  it('is moved as little as can be to bring a row into sight', () => {
    const list = track(1000);
    list.moved(3200);
    expect(list.nearest(110)).toBe(3200);
    expect(list.nearest(99)).toBe(99 * ROW);
    expect(list.nearest(120)).toBe(121 * ROW - 640);
  });
});

describe('a list longer than an element can be', () => {
  const COUNT = 5_000_000;

  it('has a track of the greatest height and reaches both ends exactly', () => {
    const list = track(COUNT);
    expect(list.height).toBe(MOST);
    stand(list, Number.POSITIVE_INFINITY);
    expect(list.last).toBe(COUNT - 1);
    expect(list.place).toBe(MOST - 640);
    list.moved(0);
    expect(list.first).toBe(0);
    expect(list.offset).toBe(0);
    list.moved(MOST - 640);
    expect(list.offset).toBe(list.end);
  });

  it('moves by exact pixels with wheel and keys, wherever it stands', () => {
    const list = track(COUNT);
    stand(list, 77_777_777);
    for (let at = 0; at < 1000; at += 1) stand(list, list.offset + 3);
    expect(list.offset).toBe(77_780_777);
    stand(list, list.nearest(4_321_000));
    expect(list.last).toBe(4_321_000);
  });

  it('stands in proportion when the scrollbar is dragged', () => {
    const list = track(COUNT);
    list.moved((MOST - 640) / 2);
    expect(Math.abs(list.first - COUNT / 2)).toBeLessThan(20);
  });

  it('is not moved by hearing of its own scrolling', () => {
    const list = track(COUNT);
    stand(list, 12_345_679);
    list.moved(list.place);
    expect(list.offset).toBe(12_345_679);
  });

  it('draws its rows around where the scrolling element stands, inside the track', () => {
    const list = track(COUNT);
    for (const offset of [0, 100, 80_000_017, Number.POSITIVE_INFINITY]) {
      stand(list, offset);
      for (const index of [list.drawnFirst, list.first, list.last, list.drawnLast]) {
        expect(list.topOf(index)).toBeGreaterThanOrEqual(-6 * ROW);
        expect(list.topOf(index) + ROW).toBeLessThanOrEqual(MOST);
      }
      expect(list.topOf(list.first) - list.place).toBe(list.first * ROW - list.offset);
    }
  });
});
