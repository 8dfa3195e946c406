import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Turns } from './turns.svelte';

const ROWS = 28;
let turns: Turns;

/** The places in the list whose rows are in sight, from the top of it. */
const shown = () => Array.from({ length: turns.made(ROWS) }, (_, at) => turns.shown(at, at));
const turn = () => vi.advanceTimersToNextTimer();

beforeEach(() => {
  vi.useFakeTimers();
  turns = new Turns();
});
afterEach(() => vi.useRealTimers());

describe('rows', () => {
  it('are made some at a time, and no more than are wanted', () => {
    turns.want(ROWS);
    expect(turns.made(ROWS)).toBe(6);
    turn();
    expect(turns.made(ROWS)).toBe(12);
    turn();
    expect(turns.made(ROWS)).toBe(18);
    turn();
    expect(turns.made(ROWS)).toBe(24);
    turn();
    expect(turns.made(ROWS)).toBe(ROWS);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that replace all in sight follow in turns, and end as the list is', () => {
    turns.want(ROWS);
    vi.runAllTimers();
    turns.came(700, ROWS);
    expect(shown()).toEqual(Array.from({ length: ROWS }, (_, at) => (at < 6 ? at : at + 700)));
    turn();
    expect(shown().filter((place, at) => place === at)).toHaveLength(12);
    vi.runAllTimers();
    expect(shown()).toEqual(Array.from({ length: ROWS }, (_, at) => at));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that come again before all were drawn are drawn in the end', () => {
    turns.want(ROWS);
    vi.runAllTimers();
    turns.came(700, ROWS);
    turn();
    turns.came(50, ROWS);
    expect(turns.shown(27, 27), 'as it stood before both').toBe(27 + 750);
    vi.runAllTimers();
    expect(shown()).toEqual(Array.from({ length: ROWS }, (_, at) => at));
  });

  it('that are few are drawn at once', () => {
    turns.want(ROWS);
    vi.runAllTimers();
    turns.came(3, ROWS);
    expect(shown()).toEqual(Array.from({ length: ROWS }, (_, at) => at));
  });
});

describe('elements', () => {
  const elements = (top: number) => Array.from({ length: ROWS }, (_, at) => turns.element(top - at, ROWS));

  it('are never two for one row, whatever came', () => {
    let top = 0;
    for (const by of [0, 1, 27, 28, 29, 700, 3, 5000]) {
      top += by;
      turns.came(by, ROWS);
      expect(new Set(elements(top)).size).toBe(ROWS);
    }
  });

  it('stay with their rows when a few come, and with their places when all are replaced', () => {
    const before = elements(100);
    expect(elements(103).slice(3)).toEqual(before.slice(0, -3));
    turns.came(700, ROWS);
    expect(elements(800)).toEqual(before);
  });
});
