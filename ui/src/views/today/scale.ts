// Where the lines of the chart stand: whole numbers, three or four of them, the last at or above the highest bar.

export function scale(highest: number): number[] {
  const wanted = Math.max(1, highest) / 3;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= wanted) ?? 10) * power);
  const marks = [0];
  while ((marks.at(-1) ?? 0) < highest) marks.push((marks.at(-1) ?? 0) + step);
  return marks;
}
