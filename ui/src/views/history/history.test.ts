import { screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { someAway } from '../../ipc/fake/away';
import { someReport } from '../../ipc/fake/history';
import { accessibilityFaults } from '../../testing/axe';
import { dialogGone, openApp } from '../../testing/app';
import { reportText } from './report';

async function openDialog() {
  const app = await openApp({}, '#/settings?tab=general');
  await app.user.click(await screen.findByTestId('history-open'));
  await screen.findByTestId('history-dialog');
  return app;
}

afterEach(() => vi.restoreAllMocks());

describe('importing CentrePoint’s history', () => {
  it('says what would be added before it adds, and what it added, with a report to copy', async () => {
    const { fake, user } = await openDialog();
    const look = screen.getByTestId('history-try');
    expect(look, 'there is nothing to read yet').toBeDisabled();
    await user.click(screen.getByTestId('history-choose'));
    expect(await screen.findByTestId('history-files')).toHaveTextContent('/home/rossi/history.json');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(look);

    expect(await screen.findByTestId('history-report')).toHaveTextContent('2 of 41 deliveries would be added');
    const dialog = screen.getByTestId('history-dialog');
    expect(dialog).toHaveTextContent('1 of these is older than what is known by now and changes no state');
    expect(dialog).toHaveTextContent('1 already there (same content)');
    expect(dialog).toHaveTextContent('Cannot be used: its headers cannot be read');
    expect(await accessibilityFaults()).toEqual([]);
    expect(fake.historyRequests).toHaveLength(1);
    expect(fake.historyRequests[0]).toMatchObject({
      dry_run: true,
      files: ['/home/rossi/history.json'],
      api: null,
      from: null,
    });

    await user.clear(screen.getByTestId('history-name'));
    expect(screen.getByTestId('history-add'), 'nobody adds without a name').toBeDisabled();
    await user.type(screen.getByTestId('history-name'), 'A. Bianchi');
    await user.click(screen.getByTestId('history-add'));
    await waitFor(() => expect(screen.getByTestId('history-report')).toHaveTextContent('2 of 41 deliveries added'));
    expect(fake.historyRequests[1]).toMatchObject({ dry_run: false, by: 'A. Bianchi' });
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(screen.getByTestId('history-close'));
    await waitFor(() => expect(screen.queryByTestId('history-dialog')).toBeNull());
  });

  it('asks CentrePoint with what was typed, remembers all of it but the secret, and says what is wrong beside the field', async () => {
    const { fake, user } = await openDialog();
    await user.click(screen.getByTestId('history-from-api'));
    const typed = {
      study_id: '189',
      webhook_id: '15',
      token_url: 'https://auth.example.org/connect/token',
      api_url: 'https://api.example.org',
      client_id: 'monitor',
    };
    for (const [name, value] of Object.entries(typed)) {
      await user.click(screen.getByTestId(`history-${name}`));
      await user.paste(value);
    }
    expect(screen.getByTestId('history-try')).toBeDisabled();
    await user.type(screen.getByTestId('history-secret'), 's3cret');
    fake.historyFailure = { code: 'invalid', message: 'it begins with https://', span: null, field: 'api_url' };
    await user.click(screen.getByTestId('history-try'));
    expect(await screen.findByText('It begins with https://')).toBeInTheDocument();
    expect(await accessibilityFaults()).toEqual([]);

    fake.historyFailure = {
      code: 'failed',
      message: 'CentrePoint does not accept this client',
      span: null,
      field: null,
    };
    await user.click(screen.getByTestId('history-try'));
    expect(await screen.findByText('CentrePoint does not accept this client')).toBeInTheDocument();
    fake.historyFailure = null;
    await user.click(screen.getByTestId('history-try'));
    await screen.findByTestId('history-report');
    expect(fake.historyRequests.at(-1)).toMatchObject({ files: [], api: { ...typed, secret: 's3cret', scope: '' } });
    await waitFor(async () => expect(JSON.stringify(await fake.preferences())).toContain('https://api.example.org'));
    expect(JSON.stringify(await fake.preferences()), 'a secret is kept nowhere').not.toContain('s3cret');
    await user.keyboard('{Escape}');
    await dialogGone('history-dialog');
    await user.click(await screen.findByTestId('history-open'));
    await user.click(await screen.findByTestId('history-from-api'));
    expect(screen.getByTestId('history-api_url')).toHaveValue('https://api.example.org');
    expect(screen.getByTestId('history-secret')).toHaveValue('');
  }, 20_000);

  it('leaves out what is of another webhook until a person says that it belongs here', async () => {
    const { fake, user } = await openDialog();
    fake.historyReport = someReport({ other: 3, warnings: ['3 are of another webhook or study and are left out'] });
    await user.click(screen.getByTestId('history-choose'));
    await user.click(screen.getByTestId('history-try'));
    expect(await screen.findByTestId('history-warning')).toHaveTextContent('3 are of another webhook');
    await user.click(screen.getByTestId('history-any'));
    await waitFor(() => expect(fake.historyRequests).toHaveLength(2));
    expect(fake.historyRequests[1]).toMatchObject({ dry_run: true, any_webhook: true });
  });

  it('is told how far it is, and stops when asked', async () => {
    const { fake, user } = await openDialog();
    fake.historyAtWork = { stage: 'comparing', done: 1200, total: 5000 };
    let end = () => {};
    const waiting = new Promise<void>((resolve) => (end = resolve));
    const answer = fake.historyImport.bind(fake);
    vi.spyOn(fake, 'historyImport').mockImplementation(async (request) => {
      await waiting;
      return { ...(await answer(request)), stopped: true };
    });
    await user.click(screen.getByTestId('history-choose'));
    await user.click(screen.getByTestId('history-try'));
    await waitFor(
      () =>
        expect(screen.getByTestId('history-progress')).toHaveTextContent('Comparing with what is here… 1,200 of 5,000'),
      { timeout: 3000 },
    );
    await user.click(screen.getByTestId('history-stop'));
    expect(fake.calls).toContain('historyStop');
    end();
    await waitFor(() => expect(screen.queryByTestId('history-stop')).toBeNull());
    expect(screen.getByTestId('history-try'), 'what was stopped says nothing').toBeInTheDocument();
  });

  it('asks for the time away it was opened for, with a little around it', async () => {
    const { fake, user } = await openApp({}, '#/today');
    fake.awayRows = [someAway({ sequence: 3, resend: [{ from: '2026-08-21T18:00:00Z', to: '2026-08-22T08:00:00Z' }] })];
    fake.say({ type: 'changed', sequence: fake.ledger.sequence + 1, behind: 0, opened: 0 });
    await user.click(await screen.findByTestId('away-import'));
    await user.click(await screen.findByTestId('history-choose'));
    expect(screen.getByTestId('history-only-then')).toBeChecked();
    await user.click(screen.getByTestId('history-try'));
    await screen.findByTestId('history-report');
    expect(fake.historyRequests[0]).toMatchObject({ from: '2026-08-21T17:50:00.000Z', to: '2026-08-22T08:10:00.000Z' });
  }, 20_000);

  it('has a report that says all of it', () => {
    const text = reportText(someReport({ dry_run: false, warnings: ['Something.'], more: 7 }), 'Study 189');
    expect(text).toContain('CentrePoint’s history of Study 189\n2 of 41 deliveries added');
    expect(text).toContain('Something.');
    expect(text).toContain('\tupload\tcompleted\t44732\t85045\t');
    expect(text).toContain('Cannot be used\tits headers cannot be read');
    expect(text).toContain('7 more are not listed.');
  });
});
