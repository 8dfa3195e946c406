import { describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { STEPS, Zoom } from './zoom.svelte';

describe('zoom', () => {
  it('goes by steps, stops at its ends, and is found again', async () => {
    const fake = new Fake({ subjects: 0 });
    const zoom = new Zoom(fake);
    await zoom.larger();
    expect(fake.zoomed).toBe(1.1);
    for (let press = 0; press < 20; press += 1) await zoom.larger();
    expect(fake.zoomed).toBe(STEPS.at(-1));
    const again = new Zoom(fake);
    fake.zoomed = 1;
    await again.begin();
    expect(fake.zoomed).toBe(3);
    await again.reset();
    for (let press = 0; press < 20; press += 1) await again.smaller();
    expect(fake.zoomed).toBe(STEPS[0]);
  });

  it('is as it is when what was kept is no zoom', async () => {
    const fake = new Fake({ subjects: 0 });
    fake.preferenceValues = { zoom: 'huge' };
    const zoom = new Zoom(fake);
    await zoom.begin();
    expect(zoom.factor).toBe(1);
  });
});
