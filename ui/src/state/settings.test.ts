import { describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { rememberedTheme, SettingsState } from './settings.svelte';

describe('SettingsState', () => {
  it('puts the theme on the page and remembers it', async () => {
    const state = new SettingsState(new Fake({ subjects: 0 }));
    await state.load();
    expect(document.documentElement.dataset['theme']).toBe('light');
    expect(await state.save({ theme: 'dark' })).toBeNull();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(rememberedTheme()).toBe('dark');
  });

  it('shows what is kept after a refusal', async () => {
    const state = new SettingsState(new Fake({ subjects: 0 }));
    await state.load();
    const error = await state.save({ public_address: 'http://plain' });
    expect(error?.field).toBe('public_address');
    expect(state.value?.public_address).toBe('https://hooks.example.org');
  });
});
