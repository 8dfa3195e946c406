// Settings, as a person changes them: TLS, trusted proxies, who may send.
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import type { ApiError } from './ipc/bindings/ApiError';
import type { TlsStatus } from './ipc/bindings/TlsStatus';
import type { Fake } from './ipc/fake';
import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';
import { tellReceiver } from './testing/receiver';

const GENERAL = '#/settings?tab=general';

const served: TlsStatus = {
  certificate: '/etc/hooks/fullchain.pem',
  key: '/etc/hooks/key.pem',
  told: false,
  names: ['hooks.example.org', '192.0.2.7'],
  not_before: '2026-01-01T00:00:00Z',
  not_after: '2026-09-20T00:00:00Z',
  standing: 'good',
  remarks: [],
};

function serve(fake: Fake, tls: Partial<TlsStatus>) {
  tellReceiver(fake, { tls: { ...served, ...tls } });
}

describe('TLS', () => {
  it('is off at first, and is kept once both files are named', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    const state = await screen.findByTestId('tls-state');
    expect(state).toHaveTextContent('TLS is off');
    const certificate = screen.getByTestId('setting-tls-certificate');
    await user.type(certificate, '/etc/hooks/fullchain.pem');
    await user.tab();
    expect(await screen.findByText('The two files go together: name this one, too.')).toBeInTheDocument();
    expect(screen.getByTestId('setting-tls-key')).toHaveAttribute('aria-invalid', 'true');
    expect(fake.calls).not.toContain('settingsSet');
    await user.type(screen.getByTestId('setting-tls-key'), '/etc/hooks/key.pem');
    await user.tab();
    await waitFor(() =>
      expect(fake.settingsValue).toMatchObject({
        tls_certificate: '/etc/hooks/fullchain.pem',
        tls_key: '/etc/hooks/key.pem',
      }),
    );
    expect(screen.queryByText('The two files go together: name this one, too.')).toBeNull();
    expect(state).toHaveTextContent('no certificate is in use yet');
  });

  it('takes a file from the system’s dialog', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    await user.type(await screen.findByTestId('setting-tls-certificate'), '/etc/hooks/fullchain.pem');
    await user.click(screen.getByRole('button', { name: 'Key file: Choose…' }));
    await waitFor(() => expect(fake.settingsValue.tls_key).toBe('/etc/hooks/key.pem'));
  });

  it('shows a refusal at its field, and leaves what was typed', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    await user.type(await screen.findByTestId('setting-tls-certificate'), '/etc/hooks/fullchain.pem');
    await user.type(screen.getByTestId('setting-tls-key'), '/nowhere/key.pem');
    await user.tab();
    expect(await screen.findByText(/there is no such file/)).toBeInTheDocument();
    expect(screen.getByTestId('setting-tls-key')).toHaveValue('/nowhere/key.pem');
    expect(screen.getByTestId('setting-tls-key')).toHaveAttribute('aria-invalid', 'true');
    expect(fake.settingsValue.tls_key).toBe('');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('always shows names and dates of the certificate in use', async () => {
    const { fake } = await openApp({}, GENERAL);
    await screen.findByTestId('tls-state');
    serve(fake, {});
    expect(await screen.findByTestId('tls-standing')).toHaveTextContent('Valid');
    const state = screen.getByTestId('tls-state');
    expect(state).toHaveTextContent('hooks.example.org, 192.0.2.7');
    expect(state).toHaveTextContent('2026');
    expect(within(state).queryAllByRole('status')).toHaveLength(0);
    expect(await accessibilityFaults()).toEqual([]);
  });

  it.each([
    ['ends_soon', 'Ends soon', 'The TLS certificate ends on 2026-09-20 00:00 UTC, in 28 days: have it renewed.'],
    ['ended', 'Ended', 'The TLS certificate ended on 2026-09-20 00:00 UTC: CentrePoint does not accept it.'],
    ['good', 'Valid', 'The TLS certificate is for a.example, and not for the public address hooks.example.org.'],
  ] as const)('says in plain words what is the matter: %s', async (standing, word, remark) => {
    const { fake } = await openApp({}, GENERAL);
    await screen.findByTestId('tls-state');
    serve(fake, { standing, remarks: [remark] });
    expect(await screen.findByTestId('tls-standing')).toHaveTextContent(word);
    expect(within(screen.getByTestId('tls-state')).getByRole('status')).toHaveTextContent(remark);
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('says that files named at the start stand above the fields', async () => {
    const { fake } = await openApp({}, GENERAL);
    await screen.findByTestId('tls-state');
    serve(fake, { told: true });
    expect(await screen.findByText(/were named when the program was started/)).toBeInTheDocument();
    expect(screen.getByTestId('tls-state')).toHaveTextContent('/etc/hooks/fullchain.pem');
  });
});

describe('Backups', () => {
  it('are shown with their folder, the latest one and how many there are', async () => {
    const { fake } = await openApp({}, GENERAL);
    const section = await screen.findByTestId('backups');
    expect(await within(section).findByText(fake.backupsValue.folder)).toBeInTheDocument();
    const latest = within(section).getByTestId('backup-latest');
    expect(latest).toHaveTextContent('2026');
    expect(latest).toHaveTextContent('41.9 MiB');
    expect(latest).toHaveTextContent('centrepoint-monitor_2026-08-22.db');
    expect(within(section).getByTestId('backup-count')).toHaveTextContent('5 of 7');
    expect(section).toHaveTextContent('copied to another place');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('are said to be none before the first, and looked at again when the receiver tells something', async () => {
    const { fake } = await openApp({}, GENERAL);
    fake.backupsValue = { ...fake.backupsValue, latest: null, count: 0 };
    tellReceiver(fake);
    await waitFor(() => expect(screen.getByTestId('backup-latest')).toHaveTextContent('There is none yet'));
    expect(await accessibilityFaults()).toEqual([]);
    const latest = { name: 'centrepoint-monitor_2026-08-23.db', bytes: 1_000, made_at: '2026-08-23T06:00:00.000000Z' };
    fake.backupsValue = { ...fake.backupsValue, latest, count: 1 };
    tellReceiver(fake);
    await waitFor(() => expect(screen.getByTestId('backup-latest')).toHaveTextContent(latest.name));
  });

  it('that cannot be looked for are said', async () => {
    const { fake } = await openApp({}, GENERAL);
    await screen.findByTestId('backup-latest');
    const error: ApiError = {
      code: 'failed',
      message: 'the folder /data/backups cannot be read',
      span: null,
      field: null,
    };
    fake.backups = () => Promise.reject(error);
    tellReceiver(fake);
    expect(await screen.findByText(/could not be looked for/)).toHaveTextContent('/data/backups');
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('Trusted proxies', () => {
  it('are kept as a list, and emptied', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    const field = await screen.findByTestId('setting-proxies');
    await user.type(field, '10.0.0.0/8,  2001:db8::1 ');
    await user.tab();
    await waitFor(() => expect(fake.settingsValue.trusted_proxies).toEqual(['10.0.0.0/8', '2001:db8::1']));
    await user.clear(field);
    await user.tab();
    await waitFor(() => expect(fake.settingsValue.trusted_proxies).toEqual([]));
  });

  it('are refused in the program’s words, and nothing is kept', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    await user.type(await screen.findByTestId('setting-proxies'), '0.0.0.0/0');
    await user.tab();
    expect(await screen.findByText('0.0.0.0/0 would believe everyone: name the proxies alone')).toBeInTheDocument();
    expect(screen.getByTestId('setting-proxies')).toHaveAttribute('aria-invalid', 'true');
    expect(fake.settingsValue.trusted_proxies).toEqual([]);
  });
});

describe('Figures for monitoring', () => {
  it('are served where it is said, and an address that others reach is refused', async () => {
    const { fake, user } = await openApp({}, GENERAL);
    const field = await screen.findByTestId('setting-metrics');
    await user.type(field, ' 127.0.0.1:9737');
    await user.tab();
    await waitFor(() => expect(fake.settingsValue.metrics_address).toBe('127.0.0.1:9737'));
    await user.clear(field);
    await user.type(field, '0.0.0.0:9737');
    await user.tab();
    expect(await screen.findByText('0.0.0.0:9737 can be reached from other computers')).toBeInTheDocument();
    expect(fake.settingsValue.metrics_address).toBe('127.0.0.1:9737');
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('Who may send', () => {
  async function addWebhook() {
    const app = await openApp({}, '#/settings');
    await app.user.click(await screen.findByTestId('webhook-add'));
    await app.user.type(await screen.findByTestId('webhook-name'), 'Study 190');
    await app.user.click(screen.getByTestId('webhook-generate'));
    await waitFor(() => expect(screen.getByTestId('webhook-secret')).not.toHaveValue(''));
    const row = () => app.fake.webhookRows.find((known) => known.slug === 'study-190');
    return { ...app, row };
  }

  it('is CentrePoint alone, where that is chosen', async () => {
    const { user, row } = await addWebhook();
    expect(screen.getByTestId('webhook-from-anyone')).toBeChecked();
    await user.click(screen.getByTestId('webhook-from-vendor'));
    expect(screen.getByText(/Behind a proxy or a tunnel/)).toBeInTheDocument();
    await user.click(screen.getByTestId('webhook-save'));
    await waitFor(() => expect(row()?.allow).toEqual(['vendor']));
  });

  it('is a list that is not empty, and is refused in the program’s words', async () => {
    const { fake, user, row } = await addWebhook();
    await user.click(screen.getByTestId('webhook-from-list'));
    await user.click(screen.getByTestId('webhook-save'));
    expect(await screen.findByText('This is needed.')).toBeInTheDocument();
    expect(fake.calls).not.toContain('webhookAdd');
    const addresses = screen.getByTestId('webhook-addresses');
    await user.type(addresses, 'example.org');
    await user.click(screen.getByTestId('webhook-save'));
    expect(await screen.findByText('example.org is no address like 203.0.113.4 or 203.0.113.0/24')).toBeInTheDocument();
    expect(addresses).toHaveAttribute('aria-invalid', 'true');
    expect(await accessibilityFaults()).toEqual([]);
    await user.clear(addresses);
    await user.type(addresses, 'vendor, 203.0.113.0/24');
    await user.click(screen.getByTestId('webhook-save'));
    await waitFor(() => expect(row()?.allow).toEqual(['vendor', '203.0.113.0/24']));
  });

  it('is shown as it was chosen, and stays when something else is changed', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    const allow = ['203.0.113.4', 'vendor'];
    fake.webhookRows = fake.webhookRows.map((row) => ({ ...row, name: `${row.name}, listed`, allow }));
    fake.say({ type: 'state' });
    await screen.findAllByText(/, listed$/);
    await user.click((await screen.findAllByTestId('webhook-edit'))[0] as HTMLElement);
    expect(await screen.findByTestId('webhook-addresses')).toHaveValue('203.0.113.4, vendor');
    await user.type(screen.getByTestId('webhook-name'), ' B');
    await user.click(screen.getByTestId('webhook-save'));
    await waitFor(() => expect(fake.webhookRows[0]?.name).toMatch(/ B$/));
    expect(fake.webhookRows[0]?.allow).toEqual(allow);
  });
});
