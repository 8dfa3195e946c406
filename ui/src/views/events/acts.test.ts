import { describe, expect, it } from 'vitest';

import { Fake } from '../../ipc/fake';
import type { EventRow } from '../../ipc/bindings/EventRow';
import { termsOf } from '../../ipc/fake/search';
import { narrowing, rowText } from './acts';
import { FIELDS, USUAL } from './fields';

const terms = (text: string) => termsOf(text).terms;
const base = new Fake({ subjects: 0, older: 10 }).deep.row(6);
const row = (change: Partial<EventRow>): EventRow => ({ ...base, ...change });

describe('a cell', () => {
  it('is what is shown alone, instead of others of its kind', () => {
    const found = narrowing('battery status:error', row({ status: 'completed' }), 'status');
    expect(found?.only).toBe('battery status:completed');
    expect(found?.without).toBe('battery status:error -status:completed');
  });

  it('is quoted where the language needs it', () => {
    const found = narrowing('', row({ subject_id: 'a "b" c' }), 'subject');
    expect(found?.only).toBe('subject:"a ""b"" c"');
    expect(terms(found?.without ?? '')).toMatchObject([{ key: 'subject', value: 'a "b" c', excluded: true }]);
  });

  it('left out is not asked for any more', () => {
    const found = narrowing('is:open status:completed', row({ status: 'completed' }), 'status');
    expect(found?.without).toBe('is:open -status:completed');
  });

  it('of the time means its day', () => {
    const found = narrowing('after:2020-01-01', row({ received_at: '2026-03-29T12:00:00.000123Z' }), 'time');
    expect(found?.only).toBe('after:2026-03-29 before:2026-03-30');
    expect(found?.without).toBeNull();
  });

  it('of the message is a phrase', () => {
    expect(narrowing('', row({ message: 'is "bad": x' }), 'message')?.only).toBe('"is ""bad"": x"');
  });

  it('without a value, or without a word for it, narrows nothing', () => {
    expect(narrowing('', row({ status: null }), 'status')).toBeNull();
    expect(narrowing('', row({ message: null }), 'message')).toBeNull();
    expect(narrowing('', row({}), 'digest')).toBeNull();
    expect(narrowing('', row({ flags: ['not_derived'] }), 'flags')).toBeNull();
    expect(narrowing('', row({ flags: ['not_derived', 'repeat'] }), 'flags')?.only).toBe('is:repeat');
  });

  it('never breaks the query, whatever is in it', () => {
    for (const value of ['"', '""', '-', ':', 'a:b', '\n', ' ', 'é"\u202e', '(x OR y)', '*'])
      for (const { id } of FIELDS) {
        const changed = row({ status: value, subject_id: value, webhook: value, delivery_id: value, message: value });
        const found = narrowing('is:open', changed, id);
        if (!found) continue;
        expect(terms(found.only).length, `${id} of ${JSON.stringify(value)}`).toBeLessThanOrEqual(3);
        expect(terms(found.only)).not.toHaveLength(0);
      }
  });
});

describe('a row', () => {
  it('is copied as a line of a spreadsheet', () => {
    const text = rowText(row({ message: 'two\nlines\tand a tab' }), USUAL);
    expect(text.split('\t')).toHaveLength(USUAL.length);
    expect(text).not.toContain('\n');
  });

  it('is no formula to a spreadsheet', () => {
    for (const message of ['=1+1', '+1', '-1', '@SUM(A1)'])
      expect(rowText(row({ message, status: 'error' }), ['message', 'status'])).toBe(`'${message}\terror`);
    expect(rowText(row({ message: '1 = 1' }), ['message'])).toBe('1 = 1');
  });
});
