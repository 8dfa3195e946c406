import { describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { isNumber, Preferences } from './preferences.svelte';

describe('what the window remembers', () => {
  it('is found again by the next window, as last chosen, and written once', async () => {
    const fake = new Fake({ subjects: 0 });
    const written = vi.spyOn(fake, 'preferenceSet');
    const first = new Preferences(fake, 5);
    await first.begin();
    for (const width of [400, 420, 440]) first.set('pane.events', width);
    expect(first.get('pane.events', isNumber)).toBe(440);
    await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(1));
    const second = new Preferences(fake);
    expect(second.get('pane.events', isNumber)).toBeNull();
    await second.begin();
    expect(second.get('pane.events', isNumber)).toBe(440);
  });

  it('is nothing where it is not what it should be', async () => {
    const fake = new Fake({ subjects: 0 });
    fake.preferenceValues = { 'pane.events': 'wide', 'pane.problems': Number.NaN };
    const preferences = new Preferences(fake);
    await preferences.begin();
    expect(preferences.get('pane.events', isNumber)).toBeNull();
    expect(preferences.get('pane.problems', isNumber)).toBeNull();
  });

  it('keeps what was chosen before the answer came, and forgets on null', async () => {
    const fake = new Fake({ subjects: 0 });
    fake.preferenceValues = { zoom: 1 };
    const preferences = new Preferences(fake, 5);
    preferences.set('zoom', 2);
    await preferences.begin();
    expect(preferences.get('zoom', isNumber)).toBe(2);
    preferences.set('zoom', null);
    preferences.flush();
    await vi.waitFor(() => expect(fake.preferenceValues.zoom ?? null).toBeNull());
    expect(preferences.get('zoom', isNumber)).toBeNull();
  });
});
