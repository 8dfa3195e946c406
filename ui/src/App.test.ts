import { cleanup, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import * as delivery from './ipc/fake/delivery';
import { openApp } from './testing/app';
import { tellReceiver } from './testing/receiver';

describe('the frame', () => {
  it('says in its corner whether deliveries are received', async () => {
    const { fake } = await openApp();
    const corner = await screen.findByTestId('receiver-state');
    expect(corner).toHaveTextContent('Receiving');
    tellReceiver(fake, { state: 'not_receiving', reason: 'the port is in use' });
    await waitFor(() => expect(corner).toHaveTextContent('Not receiving'));
  });

  it('explains the state on a click', async () => {
    const { fake, user } = await openApp();
    tellReceiver(fake, { state: 'failing', reason: 'the disk is full' });
    await user.click(await screen.findByTestId('receiver-state'));
    expect(await screen.findByTestId('receiver-popup')).toHaveTextContent('The disk is full');
  });

  it('says what happened to the history above every view, until a person has read it', async () => {
    const { fake, user } = await openApp();
    const notices = [{ id: 7, text: '40 deliveries were brought over' }];
    tellReceiver(fake, { notices });
    expect(await screen.findByTestId('notice')).toHaveTextContent('40 deliveries were brought over');
    await user.keyboard('{Control>}5{/Control}');
    await user.click(within(screen.getByTestId('notice')).getByRole('button'));
    await waitFor(() => expect(screen.queryByTestId('notice')).not.toBeInTheDocument());
  });

  it('shows every view by key and by click', async () => {
    const { user } = await openApp();
    for (const [at, view] of ['today', 'problems', 'uploads', 'subjects', 'events', 'settings'].entries()) {
      await user.keyboard(`{Control>}${at + 1}{/Control}`);
      expect(await screen.findByTestId(`view-${view}`)).toBeInTheDocument();
    }
    await user.click(screen.getByTestId('nav-events'));
    expect(await screen.findByTestId('view-events')).toBeInTheDocument();
    expect(screen.getByTestId('nav-events')).toHaveAttribute('aria-current', 'page');
  });

  it('opens the problem a pop-up was about', async () => {
    const { fake } = await openApp();
    const id = [...fake.ledger.problems.keys()][0] ?? 0;
    fake.say({ type: 'open', target: { view: 'problems', problem: id, query: '' } });
    await waitFor(() => expect(screen.getByTestId('problem-pane')).toHaveAttribute('data-id', String(id)));
  });

  it('runs a command by its name', async () => {
    const { user } = await openApp();
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByTestId('palette-input'), 'subj{Enter}');
    expect(await screen.findByTestId('view-subjects')).toBeInTheDocument();
  });

  it('says when the program does not answer, and what that means', async () => {
    const { Fake } = await import('./ipc/fake');
    const { render } = await import('@testing-library/svelte');
    const { default: App } = await import('./App.svelte');
    const fake = new Fake({ subjects: 0 });
    fake.subscribe = () => Promise.reject(new Error('no channel'));
    render(App, { backend: fake });
    expect(await screen.findByText('The window cannot reach the program.')).toBeInTheDocument();
  });
});

describe('Today', () => {
  it('leads through the set-up on a first run, and not after', async () => {
    const { user } = await openApp({ subjects: 0 });
    await screen.findByTestId('first-run');
    await user.click(screen.getByTestId('setup-next'));
    expect(await screen.findByTestId('setup-name')).toBeInTheDocument();
    cleanup();
    await openApp();
    expect(screen.queryByTestId('first-run')).toBeNull();
  });

  it('shows an upload the moment it arrives', async () => {
    const { fake } = await openApp();
    const person = fake.persons[0];
    if (!person) throw new Error('somebody');
    fake.push(delivery.upload(fake.random, new Date(), '189', person, '777001', 'error', 'Battery too low'));
    await waitFor(() => expect(document.querySelector('[data-upload="777001"]')).toHaveTextContent('error'));
    await waitFor(() => expect(screen.getAllByTestId('today-problem')[0]).toHaveTextContent(person.label));
  });

  it('has its chart as a table, with the same numbers', async () => {
    const { user } = await openApp();
    const bars = screen.getAllByRole('button', { name: /completed, \d+ error$/ });
    expect(bars).toHaveLength(14);
    await user.click(screen.getByRole('button', { name: 'As table' }));
    expect(screen.getAllByRole('row')).toHaveLength(15);
  });
});

describe('Events', () => {
  it('opens one in the inspector, down to its bytes, and walks by keys', async () => {
    const { fake, user } = await openApp({}, '#/events');
    const [row] = await screen.findAllByTestId('event-row');
    if (!row) throw new Error('there are events');
    const [newest = 0, next = 0] = fake.ledger.events.map((kept) => kept.row.sequence).reverse();
    await user.click(row);
    const inspector = await screen.findByTestId('inspector');
    await waitFor(() => expect(inspector).toHaveAttribute('data-sequence', String(newest)));
    await user.click(screen.getByTestId('inspector-tab-raw'));
    const body = fake.ledger.detail(newest)?.body_text;
    expect(screen.getByTestId('raw-bytes')).toHaveTextContent(body ?? '?');
    await user.click(screen.getByTestId('inspector-tab-headers'));
    expect(inspector).toHaveTextContent('X-ActiGraph-Webhook-Id');
    await user.keyboard('j');
    await waitFor(() => expect(inspector).toHaveAttribute('data-sequence', String(next)));
    expect(inspector, 'the tab stays while walking').toHaveTextContent('X-ActiGraph-Webhook-Id');
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('inspector')).toBeNull();
    expect(screen.getByTestId('events-list')).toHaveFocus();
  });

  it('shows what is wrong with a search, at its place', async () => {
    const { user } = await openApp({}, '#/events');
    await user.type(screen.getByTestId('search-box'), 'colour:red battery{Enter}');
    const said = await screen.findByTestId('search-error');
    expect(said.querySelector('mark')).toHaveTextContent(/^colour$/);
    await user.clear(screen.getByTestId('search-box'));
    await user.type(screen.getByTestId('search-box'), 'status:error{Enter}');
    await waitFor(() => expect(screen.queryByTestId('search-error')).toBeNull());
    expect(screen.getByRole('button', { name: 'Remove status:error' })).toBeInTheDocument();
  });

  it('shows hostile text as text', async () => {
    const { fake } = await openApp({}, '#/events');
    const text = '<img src=x onerror=alert(1)>\u202e';
    const person = { id: text, label: text, site: '1', serial: text };
    fake.push(delivery.upload(fake.random, new Date(), '189', person, text, 'error', text));
    await waitFor(() => expect(screen.getAllByTestId('event-row')[0]).toHaveTextContent('onerror=alert(1)>⟨U+202E⟩'));
    expect(document.querySelector('img')).toBeNull();
  });
});

describe('Problems', () => {
  it('are acknowledged with a name and a note, and undone', async () => {
    const { fake, user } = await openApp({ subjects: 60 }, '#/problems');
    // A group first: its problems are opened below it.
    await user.keyboard('j{ArrowRight}');
    const row = (await screen.findAllByTestId('problem-row')).find((line) => line.dataset['id'] !== undefined);
    if (!row) throw new Error('something is open');
    const id = Number(row.dataset['id']);
    await user.click(row);
    await screen.findByTestId('problem-pane');
    await screen.findByTestId('problem-acknowledge');
    await user.keyboard('a');
    expect(await screen.findByTestId('act-name')).toHaveValue('M. Rossi');
    await user.type(screen.getByTestId('act-note'), 'called');
    await user.click(screen.getByTestId('act-submit'));
    await waitFor(() => expect(fake.ledger.problems.get(id)?.state).toBe('acknowledged'));
    expect(fake.ledger.problems.get(id)).toMatchObject({ acknowledged_by: 'M. Rossi', note: 'called' });
    await user.click(await screen.findByText('Undo'));
    await waitFor(() => expect(fake.ledger.problems.get(id)?.state).toBe('open'));
  });

  it('need a name where none is known', async () => {
    const { fake, user } = await openApp({ subjects: 60 }, '#/problems');
    fake.settingsValue = { ...fake.settingsValue, operator: '' };
    fake.say({ type: 'state' });
    const [row] = await screen.findAllByTestId('problem-row');
    if (!row) throw new Error('something is open');
    await user.click(row);
    await user.click(await screen.findByTestId('problem-resolve'));
    await user.click(await screen.findByTestId('act-submit'));
    expect(await screen.findByText('Say who you are.')).toBeInTheDocument();
    expect(fake.calls).not.toContain('problemAct');
  });
});

describe('Settings', () => {
  it('adds a webhook with an address made from its name', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await user.click(await screen.findByTestId('webhook-add'));
    await user.type(await screen.findByTestId('webhook-name'), 'Study 190');
    await user.click(screen.getByTestId('webhook-generate'));
    await waitFor(() => expect(screen.getByTestId('webhook-secret')).not.toHaveValue(''));
    await user.click(screen.getByTestId('webhook-save'));
    await waitFor(() => expect(fake.webhookRows.map((row) => row.slug)).toContain('study-190'));
    await waitFor(() => {
      const card = document.querySelector('[data-slug="study-190"]');
      expect(card).toHaveTextContent('CentrePoint has not made contact yet.');
    });
  });

  it('offers OAuth2 with a client id, and shows where tokens are fetched', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await user.click(await screen.findByTestId('webhook-add'));
    await user.type(await screen.findByTestId('webhook-name'), 'Study 191');
    await user.click(screen.getByTestId('webhook-auth-oauth2'));
    await user.type(await screen.findByTestId('webhook-client-id'), 'centrepoint');
    await user.click(screen.getByTestId('webhook-generate'));
    await waitFor(() => expect(screen.getByTestId('webhook-secret')).not.toHaveValue(''));
    await user.click(screen.getByTestId('webhook-save'));
    await waitFor(() =>
      expect(fake.webhookRows.find((row) => row.slug === 'study-191')).toMatchObject({
        authentication: 'oauth2',
        client_id: 'centrepoint',
      }),
    );
    expect(await screen.findByTestId('webhook-token-url')).toHaveTextContent('/hooks/study-191/token');
  });

  it('asks before it turns authentication off', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await user.click((await screen.findAllByTestId('webhook-edit'))[0] as HTMLElement);
    await user.click(await screen.findByTestId('webhook-auth-none'));
    await user.click(screen.getByTestId('webhook-save'));
    const yes = await screen.findByTestId('confirm-yes');
    expect(fake.calls).not.toContain('webhookEdit');
    await user.click(yes);
    await waitFor(() => expect(fake.webhookRows[0]?.authentication).toBe('none'));
  });

  it('says what removing means before it removes', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await user.click((await screen.findAllByTestId('webhook-more'))[0] as HTMLElement);
    await user.click(await screen.findByTestId('webhook-remove'));
    expect(await screen.findByText(/Its secret is forgotten/)).toBeInTheDocument();
    await user.click(screen.getByTestId('confirm-yes'));
    await waitFor(() => expect(fake.webhookRows).toHaveLength(2));
  });

  it('says until when an old secret is accepted, and ends it once that is confirmed', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await user.click((await screen.findAllByTestId('webhook-edit'))[0] as HTMLElement);
    expect(screen.queryByTestId('webhook-keep-old')).not.toBeInTheDocument();
    await user.type(await screen.findByTestId('webhook-secret'), 'another');
    expect(await screen.findByTestId<HTMLSelectElement>('webhook-keep-old')).toHaveValue('72');
    await user.click(screen.getByTestId('webhook-save'));
    const line = await screen.findByTestId('webhook-former');
    expect(line).toHaveTextContent(/still accepted until/);
    expect(line).toHaveTextContent(/No delivery has used it since/);
    await user.click(screen.getByTestId('webhook-former-end'));
    expect(fake.calls).not.toContain('webhookEndFormer');
    await user.click(await screen.findByTestId('confirm-yes'));
    await waitFor(() => expect(screen.queryByTestId('webhook-former')).not.toBeInTheDocument());
    expect(fake.calls).toContain('webhookEndFormer');
  });

  it('offers refused deliveries that fit the secret by now, and accepts them once', async () => {
    const { fake, user } = await openApp({}, '#/settings');
    await screen.findAllByTestId('webhook-status');
    expect(screen.queryByTestId('rejections-fitting')).not.toBeInTheDocument();
    fake.fittingRejections.set('study-189', 3);
    await user.click((await screen.findAllByTestId('webhook-edit'))[0] as HTMLElement);
    await user.type(await screen.findByTestId('webhook-secret'), 'the right one');
    await user.click(screen.getByTestId('webhook-save'));
    expect(await screen.findByTestId('rejections-fitting')).toHaveTextContent(/3 refused deliveries fit/);
    await user.click(screen.getByTestId('rejections-accept'));
    expect(await screen.findByText('3 deliveries were accepted.')).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByTestId('rejections-fitting')).not.toBeInTheDocument());
  });

  it('shows a handshake as it happens', async () => {
    const { fake } = await openApp({}, '#/settings');
    await screen.findAllByTestId('webhook-status');
    fake.webhookRows = fake.webhookRows.map((row) => ({
      ...row,
      validation: 'validated' as const,
      handshake_at: new Date().toISOString(),
    }));
    fake.say({ type: 'state' });
    await waitFor(() => {
      for (const status of screen.getAllByTestId('webhook-status'))
        expect(status).toHaveTextContent(/Validated \d\d:\d\d/);
    });
  });
});

describe('Export', () => {
  it('takes the filter in force', async () => {
    const { user } = await openApp({}, '#/events?q=status%3Acompleted');
    await user.click(await screen.findByTestId('export-open'));
    const dialog = await screen.findByTestId('export-dialog');
    await waitFor(() => expect(within(dialog).getByTestId<HTMLInputElement>('export-path').value).toMatch(/csv$/));
    expect(dialog).toHaveTextContent('status:completed');
    await user.click(within(dialog).getByTestId('export-start'));
    await waitFor(() => expect(screen.getByTestId('export-state')).toHaveTextContent(/rows?/));
  });
});
