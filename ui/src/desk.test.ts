// At home on the desktop: starting with the computer, quitting, and a service that receives in this window's place.
import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';
import { tellReceiver } from './testing/receiver';

const GENERAL = '#/settings?tab=general';

describe('Starting with the computer', () => {
  it('is off at first, and is switched on and off', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    const toggle = await screen.findByTestId('setting-autostart');
    expect(toggle).toHaveAttribute('aria-checked', 'false');
    await user.click(toggle);
    await waitFor(() => expect(toggle).toHaveAttribute('aria-checked', 'true'));
    expect(fake.autostartValue.state).toBe('on');
    await user.click(toggle);
    await waitFor(() => expect(toggle).toHaveAttribute('aria-checked', 'false'));
  });

  it('shows what was changed from outside once somebody comes back', async () => {
    const { fake } = await openApp({}, GENERAL);
    const toggle = await screen.findByTestId('setting-autostart');
    fake.autostartValue = { state: 'other', other: '/opt/old/centrepoint-monitor --hidden' };
    window.dispatchEvent(new Event('focus'));
    expect(await screen.findByTestId('autostart-other')).toHaveTextContent('/opt/old/centrepoint-monitor --hidden');
    expect(toggle).toHaveAttribute('aria-checked', 'false');
    fake.autostartValue = { state: 'on', other: null };
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(toggle).toHaveAttribute('aria-checked', 'true'));
    expect(screen.queryByTestId('autostart-other')).not.toBeInTheDocument();
  });

  it('is not offered where it cannot be', async () => {
    const { fake } = await openApp({}, GENERAL);
    await screen.findByTestId('setting-autostart');
    fake.autostartValue = { state: 'unavailable', other: null };
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(screen.queryByTestId('setting-autostart')).not.toBeInTheDocument());
  });
});

describe('Quitting', () => {
  it('is asked for by key and in the palette', async () => {
    const { fake, user } = await openApp();
    await screen.findByTestId('receiver-state');
    await user.keyboard('{Control>}q{/Control}');
    await waitFor(() => expect(fake.calls.filter((call) => call === 'quit')).toHaveLength(1));
    await user.keyboard('{Control>}k{/Control}');
    await user.keyboard('quit centre{Enter}');
    await waitFor(() => expect(fake.calls.filter((call) => call === 'quit')).toHaveLength(2));
  });
});

describe('A service that receives', () => {
  it('is named in the corner, on Today and in the settings', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    const corner = await screen.findByTestId('receiver-state');
    expect(screen.queryByTestId('settings-elsewhere')).not.toBeInTheDocument();
    tellReceiver(fake, { address: 'https://0.0.0.0:8443', elsewhere: 4711 });
    await waitFor(() => expect(corner).toHaveAccessibleName(/^Receiving \(by the service on this computer\)/));
    expect(corner).toHaveTextContent('by the service');
    expect(await screen.findByTestId('settings-elsewhere')).toHaveTextContent('https://0.0.0.0:8443');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(corner);
    const popup = await screen.findByTestId('receiver-popup');
    expect(popup).toHaveTextContent('this window shows them');
    expect(popup).toHaveTextContent('4711');
    await user.keyboard('{Escape}{Control>}1{/Control}');
    expect(await screen.findByTestId('view-today')).toHaveTextContent('Receiving');
    tellReceiver(fake, { elsewhere: null });
    await waitFor(() => expect(corner).toHaveAccessibleName(/^Receiving [^(]/));
  });
});
