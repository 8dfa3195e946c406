// Moments a problem can be put aside until, and days to look again: by the viewer's calendar.
import { clock, day, daysBetween, isoDay } from '../../text/format';
import { words } from '../../words/en';

export interface Choice {
  id: 'later' | 'tomorrow' | 'monday' | 'week';
  name: string;
  until: Date;
}

const MORNING = 8;
/** Later than this, “later today” would be no longer today's work. */
const EVENING = 20;

function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
}

/** Three hours on, to the full hour. */
function later(now: Date): Date {
  return new Date(
    now.getFullYear(),
    now.getMonth(),
    now.getDate(),
    now.getHours() + 3 + (now.getMinutes() > 0 ? 1 : 0),
  );
}

export function snoozeChoices(now: Date): Choice[] {
  const w = words.problems.snoozeUntil;
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const all: Choice[] = [
    { id: 'later', name: w.later, until: later(now) },
    { id: 'tomorrow', name: w.tomorrow, until: morning(now, 1) },
    { id: 'monday', name: w.monday, until: morning(now, toMonday) },
    { id: 'week', name: w.week, until: morning(now, 7) },
  ];
  return all.filter(
    (choice, at) =>
      (choice.id !== 'later' || (daysBetween(now, choice.until) === 0 && choice.until.getHours() <= EVENING)) &&
      all.findIndex((other) => other.until.getTime() === choice.until.getTime()) === at,
  );
}

/** A day and a time as typed; null where they are no moment. */
export function momentOf(date: string, time: string): Date | null {
  const days = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim());
  const hours = /^(\d{1,2}):(\d{2})$/.exec(time.trim());
  if (!days || !hours || Number(hours[1]) > 23 || Number(hours[2]) > 59) return null;
  const at = new Date(Number(days[1]), Number(days[2]) - 1, Number(days[3]), Number(hours[1]), Number(hours[2]));
  return isoDay(at) === date.trim() ? at : null;
}

export function isDay(text: string): boolean {
  return momentOf(text, '12:00') !== null;
}

/** `today 18:00`, `tomorrow 08:00`, `Mon 30 Nov 08:00` */
export function ahead(iso: string, now: Date): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return `${dayAhead(isoDay(at), now)} ${clock(iso)}`;
}

/** `today`, `tomorrow`, `Mon 30 Nov`; the day is given as `2026-11-30`. */
export function dayAhead(date: string, now: Date): string {
  const at = new Date(`${date}T12:00`);
  if (Number.isNaN(at.getTime())) return date;
  const days = daysBetween(now, at);
  return days === 0 ? words.problems.today : days === 1 ? words.problems.tomorrow : day(`${date}T12:00`);
}

/** Whether a promised day is past, or today, or to come. */
export function dueness(date: string, now: Date): 'overdue' | 'today' | 'ahead' {
  const today = isoDay(now);
  return date < today ? 'overdue' : date === today ? 'today' : 'ahead';
}
