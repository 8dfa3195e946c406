import { describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { Preferences } from './preferences.svelte';
import { STEPS, Zoom } from './zoom.svelte';

async function zoomOn(fake: Fake) {
  const preferences = new Preferences(fake);
  await preferences.begin();
  return { zoom: new Zoom(fake, preferences), preferences };
}

describe('zoom', () => {
  it('goes by steps, stops at its ends, and is found again', async () => {
    const fake = new Fake({ subjects: 0 });
    const { zoom, preferences } = await zoomOn(fake);
    await zoom.larger();
    expect(fake.zoomed).toBe(1.1);
    for (let press = 0; press < 20; press += 1) await zoom.larger();
    expect(fake.zoomed).toBe(STEPS.at(-1));
    preferences.flush();
    fake.zoomed = 1;
    const { zoom: again } = await zoomOn(fake);
    await again.begin();
    expect(fake.zoomed).toBe(3);
    await again.reset();
    for (let press = 0; press < 20; press += 1) await again.smaller();
    expect(fake.zoomed).toBe(STEPS[0]);
  });

  it('is as it is when what was kept is no zoom', async () => {
    const fake = new Fake({ subjects: 0 });
    fake.preferenceValues = { zoom: 'huge' };
    const { zoom } = await zoomOn(fake);
    await zoom.begin();
    expect(zoom.factor).toBe(1);
  });
});
