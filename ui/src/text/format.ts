// Times, numbers and sizes as the window writes them. The words are English, so the forms are too: the system's language tag
// (which may be `C`, and then makes Intl throw) is never asked.
const LANGUAGE = 'en-GB';

const whole = new Intl.NumberFormat(LANGUAGE);

export function number(value: number): string {
  return whole.format(value);
}

/** The viewer's IANA zone; empty where the system does not name a valid one. */
export function viewerZone(): string {
  try {
    const zone = new Intl.DateTimeFormat(LANGUAGE).resolvedOptions().timeZone;
    new Intl.DateTimeFormat(LANGUAGE, { timeZone: zone });
    return zone ?? '';
  } catch {
    return '';
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, timeZone?: string): Intl.DateTimeFormat {
  const key = JSON.stringify(options) + (timeZone ?? '');
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(LANGUAGE, { ...options, hourCycle: 'h23', ...(timeZone ? { timeZone } : {}) });
    formats.set(key, found);
  }
  return found;
}

function parse(iso: string): Date | null {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `09:02` */
export function clock(iso: string): string {
  const date = parse(iso);
  return date ? format({ hour: '2-digit', minute: '2-digit' }).format(date) : iso;
}

/** `09:02:41` */
export function clockSeconds(iso: string): string {
  const date = parse(iso);
  return date ? format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(date) : iso;
}

/** Days between two instants as the viewer's calendar counts them: 0 is the same day, 1 the day after. */
export function daysBetween(earlier: Date, later: Date): number {
  const day = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day(later) - day(earlier)) / 86_400_000);
}

/** `09:02` today, `Mon 09:02` within a week, `18 Aug 09:02` before, `18 Aug 2025` in another year. */
export function moment(iso: string, now: Date): string {
  const date = parse(iso);
  if (!date) return iso;
  const days = daysBetween(date, now);
  if (days === 0) return clock(iso);
  if (days > 0 && days < 7) return `${format({ weekday: 'short' }).format(date)} ${clock(iso)}`;
  if (date.getFullYear() === now.getFullYear())
    return `${format({ day: 'numeric', month: 'short' }).format(date)} ${clock(iso)}`;
  return format({ day: 'numeric', month: 'short', year: 'numeric' }).format(date);
}

/** `09:02:41` today, `18 Aug 09:02` before: for narrow time columns. */
export function rowTime(iso: string, now: Date): string {
  const date = parse(iso);
  if (!date) return iso;
  return daysBetween(date, now) === 0 ? clockSeconds(iso) : moment(iso, now);
}

/** `Mon 18 Aug 2026, 09:02:41` in the viewer's zone, or in the one given. */
export function full(iso: string, timeZone?: string): string {
  const date = parse(iso);
  if (!date) return iso;
  const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' };
  return `${format(options, timeZone).format(date).replace(',', '')}, ${format(
    { hour: '2-digit', minute: '2-digit', second: '2-digit' },
    timeZone,
  ).format(date)}`;
}

/** `2026-08-18 07:02:41 UTC`, for the title of every time. */
export function utc(iso: string): string {
  const date = parse(iso);
  return date ? `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC` : iso;
}

/** `Mon 18 Aug` */
export function day(iso: string): string {
  const date = parse(iso);
  return date ? format({ weekday: 'short', day: 'numeric', month: 'short' }).format(date).replace(',', '') : iso;
}

/** `18` or `Aug`'s first: the short mark under a bar. */
export function dayMark(iso: string): string {
  const date = parse(iso);
  return date ? format({ day: 'numeric', month: 'short' }).format(date) : iso;
}

/** `2026-08-18`, as the search language takes it, in the viewer's zone. */
export function isoDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `217 bytes`, `1.2 KiB` */
export function bytes(count: number): string {
  if (count === 1) return '1 byte';
  if (count < 1024) return `${number(count)} bytes`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

/** `just now`, `2 min ago`, `3 h ago`, `6 d ago` */
export function age(iso: string, now: Date): string {
  const date = parse(iso);
  if (!date) return iso;
  const seconds = Math.max(0, Math.floor((now.getTime() - date.getTime()) / 1000));
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `2 h 10 min`, `45 s`: how long something took. */
export function duration(fromIso: string, toIso: string): string {
  const from = parse(fromIso);
  const to = parse(toIso);
  if (!from || !to) return '';
  return lasting(Math.round((to.getTime() - from.getTime()) / 1000));
}

/** The same of seconds; empty below none, which only a clock that was set can make. */
export function lasting(seconds: number): string {
  if (seconds < 0) return '';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** A sentence that begins as sentences do. What begins with a name, a path or an address is left as it is. */
export function capital(text: string): string {
  return /^\p{Ll}+(?=[\s,]|:\s)/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
