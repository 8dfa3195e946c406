// Where the lines of the chart stand, and under which bars a name does.

/** Pixels a name takes. */
const NAME = 76;

/** Whole numbers, three or four of them, the last at or above the highest bar. */
export function scale(highest: number): number[] {
  const wanted = Math.max(1, highest) / 3;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= wanted) ?? 10) * power);
  const marks = [0];
  while ((marks.at(-1) ?? 0) < highest) marks.push((marks.at(-1) ?? 0) + step);
  return marks;
}

/** Under which bars a name stands: the newest one, and every so many before it where all would touch. None sticks out. */
export function named(bars: number, slot: number): number[] {
  const step = Math.max(1, Math.ceil(NAME / slot));
  const last = bars - 1 - Math.max(0, Math.ceil((NAME / 2 - slot / 2) / slot));
  const found: number[] = [];
  for (let at = last; at >= 0 && (at + 0.5) * slot >= NAME / 2; at -= step) found.unshift(at);
  return found;
}
