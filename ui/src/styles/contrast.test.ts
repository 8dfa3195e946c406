// Every text colour on every surface it stands on, in both themes: at least 4.5 to 1 (WCAG AA).
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');

function tokens(theme: string): Map<string, string> {
  const block = css.slice(css.indexOf(`[data-theme='${theme}']`)).split('}')[0] ?? '';
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

function luminance(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const SURFACES = [
  'surface',
  'surface-side',
  'surface-raised',
  'surface-sunken',
  'selected',
  'selected-quiet',
  'side-hover',
];
const PAIRS: [string, string[]][] = [
  ['text', [...SURFACES, 'side-current']],
  ['text-soft', SURFACES],
  ['text-faint', SURFACES],
  ['accent', ['surface', 'surface-raised', 'accent-soft']],
  ['on-accent', ['accent', 'accent-strong']],
  ['red', [...SURFACES, 'red-soft']],
  ['amber', [...SURFACES, 'amber-soft']],
  ['green', SURFACES],
  ['mark-text', ['mark']],
];

describe.each(['light', 'dark'])('in %s', (theme) => {
  const known = tokens(theme);
  const pairs = PAIRS.flatMap(([text, surfaces]) => surfaces.map((surface) => [text, surface] as const));
  it.each(pairs)('%s is readable on %s', (text, surface) => {
    expect(contrast(known.get(text) ?? '', known.get(surface) ?? '')).toBeGreaterThanOrEqual(4.5);
  });
});
