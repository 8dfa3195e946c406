import { describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { tellReceiver } from '../testing/receiver';
import { Live } from './live.svelte';
import { TodayState } from './today.svelte';

function study() {
  return new Fake({ subjects: 4 });
}

describe('Live', () => {
  it('hands on what it is told, until one stops listening', async () => {
    const fake = study();
    const live = new Live(fake);
    const heard = vi.fn();
    const off = live.on('changed', heard);
    await live.start();
    fake.say({ type: 'changed', sequence: 9, behind: 2, opened: 1 });
    expect(heard).toHaveBeenCalledWith(9, 1);
    expect([live.sequence, live.behind]).toEqual([9, 2]);
    off();
    fake.say({ type: 'changed', sequence: 10, behind: 0, opened: 0 });
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it('makes up for a message that was lost', async () => {
    const fake = study();
    const live = new Live(fake);
    await live.start();
    const today = new TodayState(fake, live);
    const heard = vi.fn();
    live.on('changed', heard);
    await today.fetch();
    expect(heard, 'the snapshot is newer than every announcement').toHaveBeenCalledWith(fake.ledger.sequence, 0);
    heard.mockClear();
    await today.fetch();
    expect(heard, 'once').not.toHaveBeenCalled();
  });

  it('keeps the receiver as last announced', async () => {
    const fake = study();
    const live = new Live(fake);
    await live.start();
    tellReceiver(fake, { state: 'failing', reason: 'the disk is full' });
    expect(live.receiver?.reason).toBe('the disk is full');
  });
});
