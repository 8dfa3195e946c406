// A webhook's rhythm in words.
import type { RhythmRow } from '../ipc/bindings/RhythmRow';
import { words } from '../words/en';

/** `Monday to Friday`, `every day`, `Monday, Thursday`. */
export function daysWords(days: readonly boolean[]): string {
  const w = words.settings.silence;
  const busy = w.days.flatMap((_, day) => (days[day] ? [day] : []));
  const [first, last] = [busy[0], busy[busy.length - 1]];
  if (first === undefined || last === undefined) return '';
  if (busy.length === w.days.length) return w.everyDay;
  const name = (day: number) => w.days[day] ?? '';
  if (busy.length > 2 && last - first + 1 === busy.length) return w.range(name(first), name(last));
  return busy.map(name).join(', ');
}

/** `Usually something at least every 3 h, Monday to Friday between 7 and 21 (Europe/Rome).` */
export function usualWords(rhythm: RhythmRow): string {
  const w = words.settings.silence;
  const wholeDay = rhythm.from_hour === 0 && rhythm.to_hour === 24;
  const hours = wholeDay ? '' : w.between(rhythm.from_hour, rhythm.to_hour);
  return w.usual(rhythm.every_hours, daysWords(rhythm.days) + hours, rhythm.time_zone);
}
