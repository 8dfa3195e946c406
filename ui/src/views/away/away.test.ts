import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { someAway } from '../../ipc/fake/away';
import type { TimeAway } from '../../ipc/bindings/TimeAway';
import { accessibilityFaults } from '../../testing/axe';
import { openApp } from '../../testing/app';
import { gapText } from './gap';

async function openWith(rows: TimeAway[], hash = '#/today') {
  const app = await openApp({}, hash);
  app.fake.awayRows = rows;
  app.fake.say({ type: 'changed', sequence: app.fake.ledger.sequence + 1, behind: 0, opened: 0 });
  return app;
}

const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const resend = [{ from: '2026-08-19T08:00:00.000000Z', to: '2026-08-20T09:00:00.000000Z' }];

describe('a time away on Today', () => {
  it('says when and why, what comes again by itself, and what is to be resent', async () => {
    await openWith([
      someAway({ sequence: 3, again_by: later(5) }),
      someAway({ sequence: 2, from: '2026-08-19T08:00:00.000000Z', resend }),
      someAway({
        sequence: 1,
        reason: 'refused',
        webhook: 'study-189',
        promise: 'not_stated',
        again_by: later(5),
        resend,
      }),
    ]);
    const [night, long, refused] = await screen.findAllByTestId('away-text');
    expect(night).toHaveTextContent('Not receiving: CentrePoint Monitor was closed');
    expect(night).toHaveTextContent('(14 h 0 min)');
    expect(night).toHaveTextContent('CentrePoint should send again by itself');
    expect(night).not.toHaveTextContent('Resend in');
    expect(long).toHaveTextContent('should have come by');
    expect(long).toHaveTextContent('Every try of CentrePoint’s failed. Resend in the portal: deliveries from');
    expect(refused).toHaveTextContent('alone)');
    expect(refused).toHaveTextContent('does not say whether it sends a delivery again');
    expect(refused, 'what is not documented is not promised').not.toHaveTextContent('should send again');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('is not there where there was none', async () => {
    await openWith([]);
    expect(screen.queryByTestId('today-away')).toBeNull();
  });

  it('leaves when a named person checked it, and stays in the list with the name', async () => {
    const { fake, user } = await openWith([someAway({ sequence: 7 })]);
    await user.click(await screen.findByTestId('away-check'));
    const name = await screen.findByTestId('away-name');
    expect(name).toHaveValue('M. Rossi');
    await user.clear(name);
    await user.click(screen.getByTestId('away-submit'));
    expect(screen.getByTestId('away-dialog')).toHaveTextContent('Say who you are');
    expect(fake.calls).not.toContain('timeAwayCheck');
    expect(await accessibilityFaults()).toEqual([]);
    await user.type(name, 'A. Bianchi');
    await user.type(screen.getByTestId('away-note'), 'resent all');
    await user.click(screen.getByTestId('away-submit'));
    await waitFor(() => expect(screen.queryByTestId('today-away')).toBeNull());
    expect(fake.awayRows[0]).toMatchObject({ checked_by: 'A. Bianchi', note: 'resent all' });
    location.hash = '#/settings?tab=away';
    expect(await screen.findByTestId('away-checked')).toHaveTextContent('Checked by A. Bianchi');
  });

  it('counts those beyond three, and leads to the list', async () => {
    const { user } = await openWith(
      [5, 4, 3, 2, 1].map((sequence) => someAway({ sequence, from: `2026-08-1${sequence}T08:00:00Z` })),
    );
    expect(await screen.findAllByTestId('away-text')).toHaveLength(3);
    await user.click(screen.getByRole('button', { name: '2 more' }));
    expect(await screen.findAllByTestId('time-away')).toHaveLength(5);
  });
});

describe('the list of times away', () => {
  it('has what is still on, what is new, clocks that were set, in the order of the history', async () => {
    await openWith(
      [
        someAway({ sequence: null, reason: 'not_listening', to: null }),
        someAway({
          sequence: null,
          from: '2026-08-22T09:00:00Z',
          to: '2026-08-22T09:05:00Z',
          times: 3,
          doubtful: true,
        }),
        someAway({ sequence: 9, reason: 'clock_set', promise: null, again_by: null }),
        someAway({ sequence: 8, reason: 'damaged', from: null, promise: 'none', again_by: null, resend }),
      ],
      '#/settings?tab=away',
    );
    const rows = await screen.findAllByTestId('time-away');
    expect(rows).toHaveLength(4);
    expect(rows[0]).toHaveTextContent('until now: it is still so');
    expect(rows[1]).toHaveTextContent('3 times shortly after each other');
    expect(rows[1]).toHaveTextContent('these times are doubtful');
    expect(within(rows[1] as HTMLElement).queryByTestId('away-check'), 'it has no number yet').toBeNull();
    expect(rows[2]).toHaveTextContent('The computer’s clock was set');
    expect(rows[2]).not.toHaveTextContent('resend');
    expect(rows[3]).toHaveTextContent('From the beginning');
    expect(rows[3]).toHaveTextContent('so it does not send them again');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('says why it is empty', async () => {
    await openWith([], '#/settings?tab=away');
    expect(await screen.findByText(/^There was none/)).toBeInTheDocument();
  });
});

describe('what to look for after a time away', () => {
  it('is the time by each clock, uploads without an end and silent subjects, to be copied', async () => {
    const { fake, user } = await openWith([
      someAway({ sequence: 3 }),
      someAway({ sequence: 2, reason: 'clock_set', promise: null, again_by: null }),
    ]);
    const [upload] = (await fake.uploads({ query: '', before: null, limit: 1 })).rows;
    const [subject] = (await fake.subjects({ query: '', before: null, limit: 1 })).rows;
    fake.gap = {
      ...fake.gap,
      uploads: upload ? [upload] : [],
      subjects: subject ? [subject] : [],
      more_uploads: 4,
      brought_in: 2,
    };
    const look = await screen.findByTestId('away-look');
    expect(screen.getAllByTestId('away-look'), 'a clock that was set stops nothing').toHaveLength(1);
    expect(look).toHaveAttribute('aria-expanded', 'false');
    await user.click(look);
    const gap = await screen.findByTestId('away-gap');
    await waitFor(() => expect(gap).toHaveTextContent('from 2026-08-21 20:00:00 to 2026-08-22 10:00:00 (Europe/Rome)'));
    expect(gap).toHaveTextContent(upload?.upload_id ?? 'no upload');
    expect(gap).toHaveTextContent('4 more');
    expect(screen.getByTestId('away-found')).toHaveTextContent('2 deliveries of this time were brought in');
    expect(await accessibilityFaults()).toEqual([]);
    expect(gapText(fake.gap)).toContain(`${upload?.upload_id}\t${upload?.subject_id}`);
    expect(gapText(fake.gap)).toContain('(UTC)');
    await user.click(look);
    expect(gap).not.toBeVisible();
  });
});
