import { describe, expect, it } from 'vitest';

import { Fake } from '../../ipc/fake';
import { supportText } from './support';
import { dueness, momentOf, snoozeChoices } from './when';

describe('a snooze', () => {
  it('offers no moment twice: on a Sunday tomorrow is next Monday', () => {
    const choices = snoozeChoices(new Date(2026, 10, 29, 9, 10));
    expect(choices.map((choice) => choice.id)).toEqual(['later', 'tomorrow', 'week']);
    expect(choices.map((choice) => choice.until.getHours())).toEqual([13, 8, 8]);
  });

  it('does not offer “later today” in the evening', () => {
    expect(snoozeChoices(new Date(2026, 10, 24, 19, 0)).map((choice) => choice.id)).toEqual([
      'tomorrow',
      'monday',
      'week',
    ]);
  });

  it('takes no day that is none', () => {
    expect([momentOf('2026-02-30', '08:00'), momentOf('2026-02-28', '24:00')]).toEqual([null, null]);
  });
});

it('a promised day is overdue the day after, not before', () => {
  const now = new Date(2026, 10, 24, 23, 59);
  expect(['2026-11-23', '2026-11-24', '2026-11-25'].map((day) => dueness(day, now))).toEqual([
    'overdue',
    'today',
    'ahead',
  ]);
});

it('the text for support says when it does not name all', async () => {
  const fake = new Fake();
  const ids = [...fake.ledger.problems.keys()].slice(0, 2);
  const details = await Promise.all(ids.map((id) => fake.problem(id)));
  expect(supportText(details, 112)).toContain('The newest 2 of 112 problems');
  for (const detail of details) expect(supportText(details)).toContain(`Delivery id: ${detail.delivery_id}`);
});
