import { describe, expect, it } from 'vitest';

import { safeBlock, safeLine } from './safe';

describe('safe text', () => {
  it('shows control characters as pictures', () => {
    expect(safeLine('a\u0000b\u001b[31mc\u007f')).toBe('a\u2400b\u241b[31mc\u2421');
    expect(safeLine('\u0085')).toBe('⟨U+0085⟩');
  });

  it('keeps line feeds and tabs in a block and shows them on a line', () => {
    expect(safeBlock('a\n\tb')).toBe('a\n\tb');
    expect(safeLine('a\n\tb')).toBe('a␊␉b');
    expect(safeBlock('a\r\nb')).toBe('a␍\nb');
  });

  it('names what would reorder or hide text', () => {
    expect(safeLine('user\u202egnp.exe')).toBe('user⟨U+202E⟩gnp.exe');
    expect(safeLine('a\u200bb\ufeff\u2066')).toBe('a⟨U+200B⟩b⟨U+FEFF⟩⟨U+2066⟩');
    expect(safeLine('\u{e0041}')).toBe('⟨U+E0041⟩');
  });

  it('leaves letters of every script and emoji alone', () => {
    for (const text of ['Zürich', 'שלום', '日本', '😀', '<b>&amp;']) expect(safeLine(text)).toBe(text);
  });
});
