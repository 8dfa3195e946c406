// How many of something, and for how long, in words.
import { number } from '../text/format';

export const count = (value: number, one: string, many: string) => `${number(value)} ${value === 1 ? one : many}`;

/** `13 h 32 min` of minutes. */
export function hours(minutes: number): string {
  if (minutes < 60) return `${number(minutes)} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${number(Math.floor(minutes / 60))} h` : `${number(Math.floor(minutes / 60))} h ${rest} min`;
}
