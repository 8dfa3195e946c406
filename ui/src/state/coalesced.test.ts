import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Coalesced } from './coalesced';

describe('Coalesced', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** A request that ends when told to. */
  function gate() {
    const ends: (() => void)[] = [];
    const run = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
    const end = async () => {
      ends.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    };
    return { run, end };
  }

  it('has one request under way and at most one more waiting', async () => {
    const { run, end } = gate();
    const coalesced = new Coalesced(run);
    for (let at = 0; at < 50; at += 1) coalesced.ask();
    expect(run).toHaveBeenCalledTimes(1);
    await end();
    expect(run).toHaveBeenCalledTimes(2);
    await end();
    expect(run, 'fifty askings are two requests').toHaveBeenCalledTimes(2);
  });

  it('rests between requests', async () => {
    const { run, end } = gate();
    const coalesced = new Coalesced(run, 100);
    coalesced.ask();
    coalesced.ask();
    await end();
    await vi.advanceTimersByTimeAsync(99);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('goes on after a request that failed, and ends when stopped', async () => {
    const run = vi.fn(() => Promise.reject(new Error('no')));
    const coalesced = new Coalesced(run);
    coalesced.ask();
    await vi.advanceTimersByTimeAsync(0);
    coalesced.ask();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(2);
    coalesced.stop();
    coalesced.ask();
    expect(run).toHaveBeenCalledTimes(2);
  });
});
