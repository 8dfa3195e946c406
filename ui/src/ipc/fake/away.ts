// What the fake answers about times away. None is made up: a test puts in what it needs.
import type { AwayGap } from '../bindings/AwayGap';
import type { AwayCheck } from '../bindings/AwayCheck';
import type { TimeAway } from '../bindings/TimeAway';

const ON_TODAY = 3;

/** As the program has them: the newest three nobody has seen to, and how many more. */
export function awayToday(rows: readonly TimeAway[]): { away: TimeAway[]; away_more: number } {
  const unchecked = rows.filter((row) => row.checked_at === null);
  return { away: unchecked.slice(0, ON_TODAY), away_more: Math.max(0, unchecked.length - ON_TODAY) };
}

export function checkAway(rows: readonly TimeAway[], check: AwayCheck, now: Date): TimeAway[] {
  const checked = { checked_at: now.toISOString(), checked_by: check.by, note: check.note };
  return rows.map((row) =>
    row.sequence !== null && check.sequences.includes(row.sequence) ? { ...row, ...checked } : row,
  );
}

/** A night closed, with what a test changes about it. */
export function someAway(change: Partial<TimeAway> = {}): TimeAway {
  return {
    sequence: 1,
    reason: 'closed',
    webhook: null,
    from: '2026-08-21T18:00:00.000000Z',
    to: '2026-08-22T08:00:00.000000Z',
    times: 1,
    doubtful: false,
    promise: 'documented',
    again_by: '2026-08-23T09:00:00.000000Z',
    resend: [],
    checked_at: null,
    checked_by: null,
    note: null,
    ...change,
  };
}

/** Nothing but the time to look in. */
export function noGap(): AwayGap {
  return {
    brought_in: 0,
    uploads: [],
    more_uploads: 0,
    subjects: [],
    more_subjects: 0,
    windows: [
      { zone: 'UTC', from: '2026-08-21 18:00:00', to: '2026-08-22 08:00:00' },
      { zone: 'Europe/Rome', from: '2026-08-21 20:00:00', to: '2026-08-22 10:00:00' },
    ],
  };
}
