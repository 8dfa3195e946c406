// Where the receiver listens, as a person without a terminal sees and changes it.
import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';
import { tellReceiver } from './testing/receiver';

const GENERAL = '#/settings?tab=general';

async function enter(address: string, options = {}) {
  const app = await openApp(options, GENERAL);
  const field = await screen.findByTestId('setting-listen');
  await app.user.clear(field);
  await app.user.type(field, address);
  return { ...app, field };
}

describe('The listening address', () => {
  it('is shown with where it comes from, and cannot be changed to what it is', async () => {
    const { fake } = await openApp({}, GENERAL);
    expect(await screen.findByTestId('listening-now')).toHaveTextContent('http://127.0.0.1:8737');
    expect(screen.getByTestId('listening-from')).toHaveTextContent('It is the default');
    expect(screen.getByTestId('setting-listen')).toHaveValue('');
    expect(screen.getByTestId('listening-change')).toBeDisabled();
    expect(await accessibilityFaults()).toEqual([]);
    tellReceiver(fake, { address: 'http://127.0.0.1:9000', address_from: 'command_line' });
    await waitFor(() => expect(screen.getByTestId('listening-now')).toHaveTextContent('http://127.0.0.1:9000'));
    expect(screen.getByTestId('listening-from')).toHaveTextContent('--listen');
  });

  it('is changed after a question that says what has to follow', async () => {
    const { fake, user } = await enter('http://127.0.0.1:9000/');
    await user.click(screen.getByTestId('listening-change'));
    const question = await screen.findByRole('alertdialog', { name: 'Receive at 127.0.0.1:9000 from now on?' });
    expect(question).toHaveTextContent('the proxy or the tunnel, the firewall, and the public address');
    expect(question).not.toHaveTextContent('Other computers');
    expect(fake.calls).not.toContain('settingsSet');
    await user.click(screen.getByTestId('confirm-yes'));
    await waitFor(() => expect(screen.getByTestId('listening-now')).toHaveTextContent('http://127.0.0.1:9000'));
    expect(screen.getByTestId('listening-from')).toHaveTextContent('It is entered here');
    expect(screen.getByTestId('listening-outcome')).toHaveTextContent('received at 127.0.0.1:9000 from now on');
    expect(fake.settingsValue.listen_address).toBe('127.0.0.1:9000');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('is left as it is where the person thinks better of it', async () => {
    const { fake, user } = await enter('0.0.0.0:8737{Enter}');
    expect(await screen.findByRole('alertdialog')).toHaveTextContent('Other computers can reach this address');
    await user.click(screen.getByRole('button', { name: 'Leave it' }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
    expect(fake.calls).not.toContain('settingsSet');
  });

  it('is refused at its field, and what was typed stays', async () => {
    const { fake, user, field } = await enter('127.0.0.1:8080{Enter}');
    await user.click(await screen.findByTestId('confirm-yes'));
    expect(await screen.findByText(/^Port 8080 is in use by another program/)).toBeInTheDocument();
    expect(field).toHaveValue('127.0.0.1:8080');
    expect(field).toHaveAttribute('aria-invalid', 'true');
    expect(screen.getByTestId('listening-now')).toHaveTextContent('http://127.0.0.1:8737');
    expect(fake.settingsValue.listen_address).toBe('');
    await user.clear(field);
    await user.type(field, '127.0.0.1:8081{Enter}');
    await user.click(await screen.findByTestId('confirm-yes'));
    await waitFor(() => expect(fake.settingsValue.listen_address).toBe('127.0.0.1:8081'));
  });

  it('counts from the next start on where the start named one, and says so', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    tellReceiver(fake, { address: 'http://127.0.0.1:9000', address_from: 'environment' });
    await user.type(await screen.findByTestId('setting-listen'), '127.0.0.1:9001{Enter}');
    await waitFor(() => expect(fake.settingsValue.listen_address).toBe('127.0.0.1:9001'));
    expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument();
    expect(screen.getByTestId('listening-outcome')).toHaveTextContent(
      '127.0.0.1:9001 is kept here, and counts from the next start without CENTREPOINT_MONITOR_LISTEN on.',
    );
    expect(screen.getByTestId('listening-now')).toHaveTextContent('http://127.0.0.1:9000');
  });

  it('says why it does not listen, and what stands in the way of a new one', async () => {
    const { fake } = await openApp({}, GENERAL);
    const reason = 'port 8737 is in use by another program: close that one, or have it listen on another port';
    tellReceiver(fake, { state: 'not_receiving', address: null, reason });
    await waitFor(() => expect(screen.getByTestId('listening-now')).toHaveTextContent('Nowhere'));
    expect(screen.getByTestId('listening')).toHaveTextContent(`P${reason.slice(1)}`);
    const warning = 'The receiver goes on at 127.0.0.1:9000, since it cannot listen on 127.0.0.1:8737: it is in use.';
    tellReceiver(fake, {
      state: 'receiving',
      reason: null,
      address: 'http://127.0.0.1:9000',
      address_from: 'before',
      warnings: [warning, 'Another one.'],
    });
    await waitFor(() => expect(screen.getByTestId('listening')).toHaveTextContent(warning));
    expect(screen.getByTestId('listening')).not.toHaveTextContent('Another one.');
    expect(screen.getByTestId('listening-from')).toHaveTextContent('from the next start on');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('is nothing to enter in a practice', async () => {
    const { fake } = await openApp({}, GENERAL);
    tellReceiver(fake, { address: 'http://127.0.0.1:40321', address_from: 'practice' });
    await waitFor(() => expect(screen.getByTestId('listening-from')).toHaveTextContent('any free port'));
    expect(screen.queryByTestId('setting-listen')).not.toBeInTheDocument();
  });
});
