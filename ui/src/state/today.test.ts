import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { Live } from './live.svelte';
import { TodayState } from './today.svelte';

let fake: Fake;
let asked: number;
/** How long the program takes to answer, in milliseconds. */
let takes: number;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  fake = new Fake({ subjects: 5 });
  const today = fake.today.bind(fake);
  asked = 0;
  fake.today = async (query) => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, takes));
    return today(query);
  };
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** Announces a change a second, for so many seconds. */
async function changes(live: Live, seconds: number) {
  for (let second = 1; second <= seconds; second += 1) {
    live.receive({ type: 'changed', sequence: second, behind: 0, opened: 0 });
    await vi.advanceTimersByTimeAsync(1000);
  }
}

function begin(): Live {
  const live = new Live(fake);
  stop = new TodayState(fake, live).start();
  return live;
}

describe('what Today shows', () => {
  it('is asked for again soon where the answer is quick', async () => {
    takes = 5;
    await changes(begin(), 10);
    expect(asked).toBeGreaterThanOrEqual(10);
  });

  it('leaves the program to others where the answer takes its time', async () => {
    takes = 400;
    await changes(begin(), 14);
    expect(asked).toBeLessThanOrEqual(6);
  });

  it('is never left for long, however slow an answer was', async () => {
    takes = 20_000;
    const live = begin();
    await changes(live, 21);
    takes = 5;
    await changes(live, 7);
    expect(asked).toBeGreaterThanOrEqual(2);
  });
});
