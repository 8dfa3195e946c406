import { describe, expect, it } from 'vitest';

import type { SubjectRow } from '../ipc/bindings/SubjectRow';
import { Fake } from '../ipc/fake';
import { isIn, sorted, SubjectBoard } from './subjects.svelte';

function row(change: Partial<SubjectRow>): SubjectRow {
  return {
    key: 1,
    webhook: 'study-189',
    study_id: '189',
    subject_id: '44732',
    label: null,
    site_id: null,
    monitor_serial: null,
    last_completed_at: null,
    state: 'current',
    days_since: null,
    on_leave_until: null,
    expected: false,
    conflicts: [],
    uploads: 0,
    open_problems: 0,
    wear: [],
    ...change,
  };
}

describe('the board of subjects', () => {
  it('puts who wants attention first, the longest silent before the others', () => {
    const rows = [
      row({ key: 1, state: 'finished' }),
      row({ key: 2, state: 'current', last_completed_at: '2026-08-22T08:00:00Z' }),
      row({ key: 3, state: 'overdue', last_completed_at: '2026-08-18T08:00:00Z' }),
      row({ key: 4, state: 'late', last_completed_at: '2026-08-16T08:00:00Z' }),
      row({ key: 5, state: 'late', last_completed_at: '2026-08-12T08:00:00Z' }),
      row({ key: 6, state: 'no_upload' }),
      row({ key: 7, state: 'on_leave' }),
    ];
    expect(sorted(rows, 'attention').map((each) => each.key)).toEqual([5, 4, 3, 6, 2, 7, 1]);
    expect(
      sorted(rows, 'last')
        .map((each) => each.key)
        .slice(0, 3),
    ).toEqual([5, 4, 3]);
  });

  it('sorts ids as numbers and keeps their zeros', () => {
    const rows = ['10', '9', '000103', 'A-2'].map((label, key) => row({ key, label }));
    expect(sorted(rows, 'subject').map((each) => each.label)).toEqual(['9', '10', '000103', 'A-2']);
  });

  it('counts every state, and a filter shows what it counts', async () => {
    const board = new SubjectBoard(new Fake({ subjects: 60 }), 0);
    await board.open('');
    expect(board.loading).toBe(false);
    expect(board.counts.all).toBe(board.all.length);
    expect(board.counts.no_upload).toBeGreaterThan(0);
    for (const filter of ['silent', 'no_upload', 'all'] as const) {
      board.filter = filter;
      expect(board.rows).toHaveLength(board.counts[filter]);
      expect(board.rows.every((each) => isIn(each, filter))).toBe(true);
    }
  });

  it('asks for every page, and for the pages of the last query alone', async () => {
    const all = Array.from({ length: 2500 }, (_, at) => row({ key: 2500 - at, subject_id: String(at) }));
    const asked: (number | null)[] = [];
    const board = new SubjectBoard(
      {
        subjects: ({ before, limit }) => {
          asked.push(before);
          const from = before === null ? 0 : all.findIndex((each) => each.key === before) + 1;
          return Promise.resolve({ sequence: 9, rows: all.slice(from, from + limit), wear_until: '2026-08-21' });
        },
      },
      0,
    );
    const first = board.open('a');
    const second = board.open('b');
    await Promise.all([first, second]);
    expect(board.all).toHaveLength(2500);
    expect(board.more).toBe(false);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('keeps what it shows when asking fails, and says so', async () => {
    const fake = new Fake({ subjects: 10 });
    const board = new SubjectBoard(fake, 0);
    await board.open('');
    const before = board.all.length;
    fake.subjects = () => Promise.reject(new Error('behind'));
    await board.open('');
    expect(board.all).toHaveLength(before);
    expect(board.error?.message).toBe('behind');
  });

  it('moves nothing under a reader who is further down', async () => {
    let rows = [
      row({ key: 1, state: 'current', label: '000103' }),
      row({ key: 2, state: 'current', label: '000104', last_completed_at: '2026-08-22T08:00:00Z' }),
    ];
    const board = new SubjectBoard(
      { subjects: () => Promise.resolve({ sequence: rows.length, rows, wear_until: '2026-08-22' }) },
      0,
    );
    const keys = () => board.rows.map((each) => each.key);
    await board.open('');
    const before = keys();
    board.scrolled(false);
    rows = [row({ key: 3, state: 'late' }), ...rows.map((each) => ({ ...each, state: 'late', uploads: 7 }))];
    await board.open('');
    expect(keys()).toEqual(before);
    expect(board.rows[0]?.uploads, 'rows change in place').toBe(7);
    expect(board.waiting).toBe(1);
    board.scrolled(true);
    expect([keys().length, board.waiting]).toEqual([3, 0]);
    board.scrolled(false);
    board.filter = 'silent';
    expect(keys(), 'another filter is another list').toHaveLength(3);
    expect(board.waiting).toBe(0);
  });
});
