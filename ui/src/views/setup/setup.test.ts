// The set-up as a person goes through it: by keys alone, left in the middle and taken up again, with what can go wrong on the way.
import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import App from '../../App.svelte';
import type { Fake } from '../../ipc/fake';
import * as delivery from '../../ipc/fake/delivery';
import type { WebhookRow } from '../../ipc/bindings/WebhookRow';
import { openApp } from '../../testing/app';
import { accessibilityFaults } from '../../testing/axe';

const step = () => screen.getByTestId('setup').dataset['step'];
const at = (name: string) => waitFor(() => expect(step()).toBe(name));

/** The window is closed, and opened again on the same program. */
async function again(fake: Fake, hash = '#/today') {
  cleanup();
  history.replaceState(null, '', hash);
  render(App, { backend: fake });
  await screen.findByTestId(`view-${hash.slice(2)}`);
  return userEvent.setup();
}

/** What a handshake makes of a webhook. */
function shake(fake: Fake, validation: WebhookRow['validation']) {
  fake.webhookRows = fake.webhookRows.map((row) => ({ ...row, validation, handshake_at: new Date().toISOString() }));
  fake.say({ type: 'state' });
}

/** A first delivery of the webhook. */
function arrive(fake: Fake, webhook: string) {
  const person = { id: '44732', label: '000103', site: '12', serial: 'TAS1H20190001' };
  fake.push({
    ...delivery.upload(fake.random, new Date(Date.now() + 2000), '189', person, '85045', 'started'),
    webhook,
  });
}

describe('the six steps', () => {
  it('are gone through by keys alone, and none has an accessibility fault', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await screen.findByTestId('first-run');
    await at('kind');
    await waitFor(() => expect(screen.getByTestId('setup-kind-real')).toHaveFocus());
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Enter}');

    await at('study');
    await waitFor(() => expect(screen.getByTestId('setup-name')).toHaveFocus());
    await user.keyboard('{Enter}');
    expect(await screen.findByText('This is needed.')).toBeInTheDocument();
    await waitFor(() => expect(screen.getByTestId('setup-name')).toHaveFocus());
    expect(screen.getByTestId('setup-name')).toHaveAttribute('aria-invalid', 'true');
    await user.keyboard('Sleep follow-up, Zürich');
    expect(screen.getByTestId('setup-slug')).toHaveValue('sleep-follow-up-zurich');
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Enter}');

    await at('reach');
    await waitFor(() => expect(screen.getByTestId('setup-way-later')).toHaveFocus());
    expect(screen.getByTestId('setup')).toHaveTextContent('only this computer itself can reach the program');
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Enter}');

    await at('proof');
    await waitFor(() => expect(screen.getByTestId('setup-auth-hmac')).toHaveFocus());
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Enter}');

    // Everything that is pasted into the portal is on one page.
    await at('portal');
    const secret = await screen.findByTestId('setup-secret');
    expect(secret.textContent).toHaveLength(40);
    await waitFor(() => expect(within(screen.getByTestId('setup-copy-url')).getByRole('button')).toHaveFocus());
    expect(screen.getByTestId('setup-url')).toHaveTextContent('https://hooks.example.org/hooks/sleep-follow-up-zurich');
    expect(screen.getByTestId('setup-waiting')).toHaveTextContent('Nothing yet');
    expect(await accessibilityFaults()).toEqual([]);
    shake(fake, 'seen_unsigned');
    await waitFor(() => expect(screen.getByTestId('setup-waiting')).toHaveTextContent('will prove the secret'));
    // Not before it is said to be kept.
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(await screen.findByText(/Once you go on the secret is not shown again/)).toBeInTheDocument();
    await waitFor(() => expect(screen.getByTestId('setup-sure')).toHaveFocus());
    expect(await accessibilityFaults()).toEqual([]);
    // Or known to be: what it signed has come.
    shake(fake, 'validated');
    await waitFor(() => expect(screen.getByTestId('setup-waiting')).toHaveTextContent('the secret is the right one'));
    await waitFor(() => expect(screen.queryByTestId('setup-sure')).toBeNull());
    await user.click(screen.getByTestId('setup-next'));

    await at('last');
    expect(screen.queryByTestId('setup-secret')).toBeNull();
    expect(await accessibilityFaults()).toEqual([]);
    await user.clear(screen.getByTestId('setup-overdue'));
    await user.type(screen.getByTestId('setup-overdue'), '4{Enter}');

    await at('done');
    await waitFor(() => expect(screen.getByTestId('setup-today')).toHaveFocus());
    expect(await accessibilityFaults()).toEqual([]);
    expect(fake.webhookRows).toMatchObject([
      { slug: 'sleep-follow-up-zurich', authentication: 'hmac', overdue_days: 4, late_days: 5 },
    ]);
    await user.keyboard('{Enter}');
    await screen.findByTestId('view-today');
    expect(screen.queryByTestId('first-run')).toBeNull();
    expect(screen.queryByTestId('setup-line')).toBeNull();
  });

  it('begin again where the window was closed, and never show a secret twice', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await at('kind');
    await user.keyboard('{Enter}');
    await at('study');
    await user.keyboard('Pilot');
    await user.type(screen.getByTestId('setup-number'), '204{Enter}');
    await at('reach');
    let next = await again(fake);
    await at('reach');
    await next.click(screen.getByTestId('setup-back'));
    expect(await screen.findByTestId('setup-name')).toHaveValue('Pilot');
    expect(screen.getByTestId('setup-number')).toHaveValue('204');
    await next.keyboard('{Control>}{Enter}{/Control}');
    await at('reach');
    await next.keyboard('{Control>}{Enter}{/Control}');
    await at('proof');
    await next.keyboard('{Control>}{Enter}{/Control}');
    await at('portal');
    const first = (await screen.findByTestId('setup-secret')).textContent;
    expect(JSON.stringify(fake.preferenceValues)).not.toContain(first);

    // Closed before the secret was said to be kept.
    next = await again(fake);
    expect(screen.queryByTestId('first-run')).toBeNull();
    expect(await screen.findByTestId('setup-line')).toHaveTextContent('Set-up of Pilot: 2 steps left');
    expect(await accessibilityFaults()).toEqual([]);
    await next.click(screen.getByTestId('setup-continue'));
    await at('portal');
    expect(screen.getByTestId('setup')).toHaveTextContent('is not shown again');
    await waitFor(() => expect(screen.getByTestId('setup-renew')).toHaveFocus());
    expect(await accessibilityFaults()).toEqual([]);
    expect(screen.queryByTestId('setup-secret')).toBeNull();
    await next.click(screen.getByTestId('setup-renew'));
    const second = (await screen.findByTestId('setup-secret')).textContent;
    expect(second).not.toBe(first);
    // One step back it is not lost, and not shown twice.
    await next.click(screen.getByTestId('setup-back'));
    await at('proof');
    expect(screen.queryByTestId('setup-secret')).toBeNull();
    expect(screen.getByTestId('setup')).toHaveTextContent('Its secret is on the next step');
    await next.click(screen.getByTestId('setup-next'));
    await at('portal');
    expect(screen.getByTestId('setup-secret')).toHaveTextContent(second ?? '');
    await next.click(screen.getByTestId('setup-sure'));
    await next.click(screen.getByTestId('setup-next'));
    await at('last');

    next = await again(fake);
    expect(await screen.findByTestId('setup-line')).toHaveTextContent('1 step left');
    await next.click(screen.getByTestId('setup-dismiss'));
    await waitFor(() => expect(screen.queryByTestId('setup-line')).toBeNull());
    await again(fake);
    expect(screen.queryByTestId('setup-line')).toBeNull();
    expect(fake.webhookRows).toHaveLength(1);
  });

  it('go back by Esc, and take nothing with them', async () => {
    const { user } = await openApp({ subjects: 0 });
    await at('kind');
    await user.keyboard('{Enter}');
    await at('study');
    await user.keyboard('Pilot{Escape}');
    await at('kind');
    await user.keyboard('{Enter}');
    await at('study');
    expect(screen.getByTestId('setup-name')).toHaveValue('Pilot');
  });
});

async function to(user: ReturnType<typeof userEvent.setup>, wanted: 'study' | 'reach' | 'proof') {
  await at('kind');
  await user.keyboard('{Enter}');
  await at('study');
  if (wanted === 'study') return;
  await user.keyboard('Pilot{Enter}');
  await at('reach');
  if (wanted === 'reach') return;
  await user.keyboard('{Control>}{Enter}{/Control}');
  await at('proof');
}

describe('the study', () => {
  it('has an address of its own on this computer', async () => {
    const { user } = await openApp({}, '#/setup');
    await to(user, 'study');
    await user.keyboard('Study 189{Enter}');
    expect(await screen.findByText(/has this address already/)).toBeInTheDocument();
    expect(screen.getByTestId('setup-slug')).toHaveAttribute('aria-invalid', 'true');
    await user.clear(screen.getByTestId('setup-slug'));
    await user.type(screen.getByTestId('setup-slug'), 'Not good{Enter}');
    expect(await screen.findByText(/Small letters, digits and dashes/)).toBeInTheDocument();
  });
});

describe('the way in', () => {
  it('through a proxy keeps its address, and says at the field what is wrong', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    fake.settingsValue = { ...fake.settingsValue, public_address: '' };
    fake.say({ type: 'state' });
    await to(user, 'reach');
    await user.click(screen.getByTestId('setup-way-proxy'));
    await user.type(await screen.findByTestId('setup-address'), 'http://plain{Enter}');
    expect(await screen.findByText(/CentrePoint needs an address/)).toBeInTheDocument();
    expect(screen.getByTestId('setup-address')).toHaveAttribute('aria-invalid', 'true');
    await user.clear(screen.getByTestId('setup-address'));
    await user.type(screen.getByTestId('setup-address'), 'https://in.example.org/');
    await user.type(screen.getByTestId('setup-proxies'), '10.0.0.8{Enter}');
    await at('proof');
    expect(fake.settingsValue).toMatchObject({
      public_address: 'https://in.example.org',
      trusted_proxies: ['10.0.0.8'],
    });
  });

  it('through a tunnel trusts this computer itself', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'reach');
    await user.click(screen.getByTestId('setup-way-tunnel'));
    await user.click(screen.getByTestId('setup-next'));
    await at('proof');
    expect(fake.settingsValue.trusted_proxies).toEqual(['127.0.0.1', '::1']);
  });

  it('of its own has the certificate’s fields', async () => {
    const { user } = await openApp({ subjects: 0 });
    await to(user, 'reach');
    await user.click(screen.getByTestId('setup-way-own'));
    expect(await screen.findByTestId('setting-tls-certificate')).toBeInTheDocument();
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('not known yet gives a page for IT, without a secret', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'reach');
    await user.click(screen.getByTestId('setup-it-page'));
    const text = await screen.findByTestId('it-text');
    for (const part of ['/hooks/pilot', '/healthz', '13.82.60.74', '127.0.0.1:8737', 'TLS 1.2'])
      await waitFor(() => expect(text).toHaveTextContent(part));
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(screen.getByTestId('it-save'));
    await waitFor(() => expect(Object.values(fake.texts)[0]).toContain('Paths: POST /hooks/pilot'));
    await user.click(screen.getByTestId('it-print'));
    await waitFor(() => expect(fake.calls).toContain('printPage'));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('it-page')).toBeNull());
    expect(step()).toBe('reach');
  });
});

describe('the secret', () => {
  it('is left out only knowingly', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'proof');
    await user.click(screen.getByTestId('setup-others'));
    await user.click(screen.getByTestId('setup-auth-none'));
    await user.click(screen.getByTestId('setup-next'));
    expect(await screen.findByText('Confirm this, or choose another way.')).toBeInTheDocument();
    expect(fake.webhookRows).toHaveLength(0);
    await user.click(screen.getByTestId('setup-sure-none'));
    await user.click(screen.getByTestId('setup-next'));
    await waitFor(() => expect(fake.webhookRows).toMatchObject([{ authentication: 'none' }]));
    await at('portal');
    expect(screen.queryByTestId('setup-secret')).toBeNull();
    await user.click(screen.getByTestId('setup-next'));
    await at('last');
  });

  it('goes with a user name, which is asked for at its field', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'proof');
    await user.click(screen.getByTestId('setup-others'));
    await user.click(screen.getByTestId('setup-auth-basic'));
    await user.click(screen.getByTestId('setup-next'));
    await waitFor(() => expect(screen.getByTestId('setup-username')).toHaveAttribute('aria-invalid', 'true'));
    await user.type(screen.getByTestId('setup-username'), 'centrepoint{Enter}');
    await screen.findByTestId('setup-secret');
    expect(fake.webhookRows).toMatchObject([{ authentication: 'basic', username: 'centrepoint' }]);
  });

  it('leads back to the study where the program refuses its address', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'proof');
    fake.webhookAdd = () =>
      Promise.reject({ code: 'invalid', message: 'A removed webhook had this address.', span: null, field: 'slug' });
    await user.click(screen.getByTestId('setup-next'));
    await at('study');
    expect(await screen.findByText('A removed webhook had this address.')).toBeInTheDocument();
  });
});

describe('waiting', () => {
  it('says what was refused and why, and what came first', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await to(user, 'proof');
    await user.click(screen.getByTestId('setup-next'));
    await at('portal');
    fake.rejectionRows = [
      {
        received_at: new Date(Date.now() + 1000).toISOString(),
        webhook: 'pilot',
        status: 401,
        reason: 'signature differs: is the secret the one in the portal?',
        source_ip: '13.82.60.74',
        delivery_id: null,
        event: 'upload',
        size: 90,
      },
    ];
    fake.say({ type: 'state' });
    expect(await screen.findByTestId('setup-refused')).toHaveTextContent('signature differs');
    await vi.waitFor(() => expect(screen.getByTestId('setup-next')).toHaveTextContent('Go on without it'));
    arrive(fake, 'pilot');
    await waitFor(() =>
      expect(screen.getByTestId('setup-waiting')).toHaveTextContent('The first delivery has arrived: upload'),
    );
    expect(screen.queryByTestId('setup-refused')).toBeNull();
  });
});

describe('practice first', () => {
  it('opens a window of its own, and says where that fails', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await at('kind');
    await user.click(screen.getByTestId('setup-kind-practice'));
    await user.click(await screen.findByTestId('setup-practice'));
    expect(await screen.findByText(/The practice window is open/)).toBeInTheDocument();
    fake.practiceOpen = () => Promise.reject({ code: 'failed', message: 'no more memory', span: null, field: null });
    await user.click(screen.getByTestId('setup-practice'));
    expect(await screen.findByText(/no more memory/)).toBeInTheDocument();
  });
});

it('is reached from the settings and by its name', async () => {
  const { user } = await openApp({}, '#/settings');
  await user.click(await screen.findByTestId('webhook-guided'));
  await screen.findByTestId('view-setup');
  await user.keyboard('{Control>}1{/Control}');
  await screen.findByTestId('view-today');
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByTestId('palette-input'), 'set up a study{Enter}');
  await screen.findByTestId('view-setup');
});
