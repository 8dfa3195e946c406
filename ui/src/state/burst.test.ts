import { expect, it } from 'vitest';

import { Burst } from './burst';

/** What a list finds that looks every `rest` ms while `rate` events come a second. */
function look(burst: Burst, rate: number, rest: number, from = 0): number {
  let now = from;
  for (let at = 0; at < 5; at += 1) {
    now += rest;
    burst.came(Math.round((rate * rest) / 1000), now);
  }
  return now;
}

it('is none while 50 a second come, however long the list rests', () => {
  const burst = new Burst();
  for (const rest of [25, 60, 500, 2000]) {
    look(burst, 50, rest);
    expect(burst.isOn, `every ${rest} ms`).toBe(false);
  }
});

it('is one while 2,000 a second come, and is over when they become few', () => {
  const burst = new Burst();
  const now = look(burst, 2000, 25);
  expect(burst.isOn).toBe(true);
  const then = look(burst, 2000, 500, now);
  expect(burst.isOn).toBe(true);
  look(burst, 50, 500, then);
  expect(burst.isOn).toBe(false);
});

it('begins with the first many, and ends when it is said to be over', () => {
  const burst = new Burst();
  burst.came(1, 0);
  burst.came(40, 10);
  expect(burst.isOn).toBe(true);
  burst.over();
  expect(burst.isOn).toBe(false);
});

it('is none for a handful, however fast', () => {
  const burst = new Burst();
  burst.came(1, 0);
  burst.came(19, 1);
  expect(burst.isOn).toBe(false);
});
