import { describe, expect, it } from 'vitest';

import { age, bytes, capital, daysBetween, duration, full, isoDay, moment, rowTime, utc, viewerZone } from './format';

/** An instant by the viewer's clock, whatever zone the test runs in. */
const local = (day: number, hour: number, minute = 0) => new Date(2026, 7, day, hour, minute, 5);
const now = local(22, 16, 5);

describe('times', () => {
  it('say as much as is needed', () => {
    expect(moment(local(22, 9, 2).toISOString(), now)).toBe('09:02');
    expect(moment(local(17, 8, 11).toISOString(), now)).toBe('Mon 08:11');
    expect(moment(local(3, 8, 11).toISOString(), now)).toBe('3 Aug 08:11');
    expect(moment(new Date(2025, 7, 3, 9).toISOString(), now)).toBe('3 Aug 2025');
    expect(rowTime(local(22, 9, 2).toISOString(), now)).toBe('09:02:05');
  });

  it('use 00, not 24, after midnight', () => {
    expect(moment(local(22, 0, 7).toISOString(), now)).toBe('00:07');
  });

  it('name the zone where it is not the viewer’s', () => {
    expect(utc('2026-08-22T14:05:33.123456Z')).toBe('2026-08-22 14:05:33 UTC');
    expect(full('2026-08-22T14:05:33Z', 'America/New_York')).toBe('Sat 22 Aug 2026, 10:05:33');
  });

  it('show what is not a time as it came', () => {
    expect(moment('yesterday', now)).toBe('yesterday');
    expect(full('')).toBe('');
  });

  it('count days as a calendar does', () => {
    expect(daysBetween(local(21, 23, 59), local(22, 0, 1))).toBe(1);
    expect(isoDay(local(2, 0))).toBe('2026-08-02');
  });

  it('never ask the system for a language', () => {
    expect(viewerZone()).toMatch(/\w/);
  });
});

it('says ages, lengths and sizes in few words', () => {
  const ago = (seconds: number) => age(new Date(now.getTime() - seconds * 1000).toISOString(), now);
  expect([ago(-5), ago(59), ago(120), ago(7300), ago(200_000)]).toEqual([
    'just now',
    'just now',
    '2 min ago',
    '2 h ago',
    '2 d ago',
  ]);
  expect(duration(local(1, 1).toISOString(), local(1, 3, 10).toISOString())).toBe('2 h 10 min');
  expect(duration(local(1, 3).toISOString(), local(1, 1).toISOString())).toBe('');
  expect([bytes(1), bytes(217), bytes(2048), bytes(1_572_864)]).toEqual(['1 byte', '217 bytes', '2.0 KiB', '1.5 MiB']);
});

it('begins a sentence as sentences begin, and leaves names, paths and addresses as they are', () => {
  expect(capital('this computer has no address 10.1.2.3')).toBe('This computer has no address 10.1.2.3');
  expect(capital('über')).toBe('über');
  expect(capital('über das Netz')).toBe('Über das Netz');
  for (const left of [
    'fullchain.pem is not there',
    '/etc/key.pem is not there',
    'https://a.b is no address',
    'TLS',
    '',
  ]) {
    expect(capital(left)).toBe(left);
  }
});
