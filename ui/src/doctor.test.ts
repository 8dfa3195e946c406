// The set-up, checked from the window: from its three doors, row by row, with a text to send on.
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';

import type { ApiError } from './ipc/bindings/ApiError';
import { DoctorState } from './state/doctor.svelte';
import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';

const CHECK = '#/settings?tab=check';

describe('The set-up', () => {
  it('is not checked until a person asks, then row by row', async () => {
    const { fake, user } = await openApp({}, CHECK);
    const section = await screen.findByTestId('doctor');
    expect(section).toHaveTextContent('Not checked since the program started');
    expect(fake.calls).not.toContain('doctorStart');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(screen.getByTestId('doctor-run'));
    await waitFor(() => expect(screen.getAllByTestId('check')).toHaveLength(fake.doctorChecks.length));
    expect(screen.getAllByTestId('check').at(-1)).toHaveAttribute('data-level', 'running');
    expect(screen.getByTestId('doctor-summary')).toHaveTextContent(/of 6 checked/);
    expect(screen.getByTestId('doctor-run')).toBeDisabled();
    await waitFor(
      () => expect(screen.getByTestId('doctor-summary')).toHaveTextContent('1 check found something wrong'),
      {
        timeout: 5000,
      },
    );
    const rows = screen.getAllByTestId('check');
    expect(rows.map((row) => row.dataset['level'])).toEqual(['green', 'red', 'green', 'amber', 'green', 'green']);
    const red = within(rows[1] as HTMLElement);
    expect(red.getByText('Wrong')).toBeInTheDocument();
    expect(rows[1]).toHaveTextContent(/answers 502.*Next: See whether CentrePoint Monitor runs/);
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('is copied for IT as a text', async () => {
    const { fake, user } = await openApp({}, CHECK);
    fake.doctorDone = fake.doctorChecks.length;
    await user.click(await screen.findByTestId('doctor-run'));
    const copy = await screen.findByText('Copy for IT', {}, { timeout: 5000 });
    const written = vi.spyOn(navigator.clipboard, 'writeText');
    await user.click(copy);
    await waitFor(() =>
      expect(written).toHaveBeenCalledWith(expect.stringContaining('[red] The way from the internet')),
    );
  });

  it('is reached from the receiver’s corner', async () => {
    const { fake, user } = await openApp({});
    await user.click(await screen.findByTestId('receiver-state'));
    await user.click(await screen.findByTestId('receiver-check'));
    expect(await screen.findByTestId('doctor')).toBeInTheDocument();
    await waitFor(() => expect(fake.calls).toContain('doctorStart'));
  });

  it('is reached from the first run', async () => {
    const { fake, user } = await openApp({ subjects: 0 });
    await user.click(await screen.findByTestId('first-check'));
    expect(await screen.findByTestId('doctor')).toBeInTheDocument();
    await waitFor(() => expect(fake.calls).toContain('doctorStart'));
  });

  it('says why it cannot be checked', async () => {
    const { fake, user } = await openApp({}, CHECK);
    const error: ApiError = { code: 'failed', message: 'a thread could not be started', span: null, field: null };
    fake.doctorStart = () => Promise.reject(error);
    await user.click(await screen.findByTestId('doctor-run'));
    expect(await screen.findByText('A thread could not be started')).toBeInTheDocument();
  });

  it('compares the clock with another server, and refuses what is none', async () => {
    const { fake, user } = await openApp({}, CHECK);
    const field = await screen.findByTestId('doctor-clock');
    await waitFor(() => expect(field).toHaveValue('https://api.actigraphcorp.com'));
    await user.clear(field);
    await user.type(field, 'time');
    await user.tab();
    expect(await screen.findByText(/The server is https:/)).toBeInTheDocument();
    await user.clear(field);
    await user.type(field, 'https://time.example.org');
    await user.tab();
    await waitFor(() => expect(fake.clockServerValue).toBe('https://time.example.org'));
    await user.clear(field);
    await user.tab();
    await waitFor(() => expect(field).toHaveValue('https://api.actigraphcorp.com'));
  });
});

describe('A webhook that waits', () => {
  it('is on Today until its first delivery, with what was heard', async () => {
    const { fake, user } = await openApp({});
    const rows = await screen.findAllByTestId('waiting-webhook');
    expect(rows.map((row) => row.dataset['waiting'])).toEqual(['handshake_seen', 'never_contacted']);
    expect(rows[0]).toHaveTextContent(/Study 204 \(pilot\): Handshake seen .* not signed/);
    expect(await accessibilityFaults()).toEqual([]);
    fake.webhookRows = fake.webhookRows.map((row) =>
      row.waiting
        ? {
            ...row,
            waiting: { state: 'refused' as const, at: row.created_at, reason: 'signature differs', signed: null },
          }
        : row,
    );
    fake.say({ type: 'state' });
    await waitFor(() =>
      expect(screen.getAllByTestId('waiting-webhook')[1]).toHaveTextContent(/was refused: signature differs/),
    );
    await user.click(screen.getByTestId('waiting-check'));
    expect(await screen.findByTestId('doctor')).toBeInTheDocument();
  });

  it('is gone from Today once all received', async () => {
    const { fake } = await openApp({});
    await screen.findAllByTestId('waiting-webhook');
    fake.webhookRows = fake.webhookRows.map((row) => ({ ...row, waiting: null }));
    fake.say({ type: 'state' });
    await waitFor(() => expect(screen.queryByTestId('waiting')).toBeNull());
  });

  it('says on its card what it waits for', async () => {
    const { fake } = await openApp({}, '#/settings');
    await waitFor(() => expect(screen.getAllByTestId('webhook-status')).toHaveLength(3));
    const said = () => screen.getAllByTestId('webhook-status').map((status) => status.textContent.trim());
    expect(said()[1]).toMatch(/Handshake seen .* not signed/);
    expect(said()[2]).toBe('CentrePoint has not made contact yet.');
    fake.webhookRows = fake.webhookRows.map((row) => ({
      ...row,
      waiting: { state: 'refused' as const, at: row.created_at, reason: 'signature differs', signed: null },
    }));
    fake.say({ type: 'state' });
    await waitFor(() => expect(said()[0]).toMatch(/was refused/));
    expect(screen.getAllByText('signature differs')).toHaveLength(3);
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('DoctorState', () => {
  const checkup = (running: boolean) => ({ running, begun_at: null, checks: [], text: '' });

  it('looks again while checks are under way, and not after', async () => {
    vi.useFakeTimers();
    const answers = [checkup(true), checkup(false)];
    const doctor = vi.fn(() => Promise.resolve(answers.shift() ?? checkup(false)));
    const doctorStart = vi.fn(() => Promise.resolve(checkup(true)));
    const state = new DoctorState({ doctor, doctorStart, clockServer: vi.fn(), clockServerSet: vi.fn() }, 10);
    await Promise.all([state.run(), state.run()]);
    expect(doctorStart).toHaveBeenCalledTimes(1);
    await state.run();
    expect(doctorStart, 'one at a time').toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(doctor).toHaveBeenCalledTimes(2);
    expect(state.running).toBe(false);
    vi.useRealTimers();
  });
});
