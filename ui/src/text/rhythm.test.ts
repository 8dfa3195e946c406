import { expect, it } from 'vitest';

import { daysWords, usualWords } from './rhythm';

const busy = (...days: number[]) => [0, 1, 2, 3, 4, 5, 6].map((day) => days.includes(day));

it('names days as people do', () => {
  expect(daysWords(busy(0, 1, 2, 3, 4))).toBe('Monday to Friday');
  expect(daysWords(busy(0, 1, 2, 3, 4, 5, 6))).toBe('every day');
  expect(daysWords(busy(0, 3))).toBe('Monday, Thursday');
  expect(daysWords(busy(5, 6))).toBe('Saturday, Sunday');
  expect(daysWords(busy())).toBe('');
});

it('leaves the hours out where all of them are usual', () => {
  const rhythm = { days: busy(0, 1, 2), every_hours: 1, alarm_after_hours: 3, time_zone: 'Europe/Rome' };
  expect(usualWords({ ...rhythm, from_hour: 0, to_hour: 24 })).toBe(
    'Usually something at least every hour, Monday to Wednesday (Europe/Rome).',
  );
  expect(usualWords({ ...rhythm, from_hour: 22, to_hour: 3 })).toBe(
    'Usually something at least every hour, Monday to Wednesday between 22 and 3 (Europe/Rome).',
  );
});
