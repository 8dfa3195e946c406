// The fake reads a query as the program does; the cases are those of its own tests.
import { describe, expect, it } from 'vitest';

import { parse } from './parse';
import { termsOf } from './search';

const refusal = (text: string) => {
  const { error } = parse(text);
  return error && [error.start, error.end];
};

describe('the fake’s parser', () => {
  it('has places as a text box counts', () => {
    const found = termsOf('😀a -Site:"Nord 🏥" colour:red');
    expect(found.terms.map((term) => [term.start, term.end, term.text, term.key, term.value, term.excluded])).toEqual([
      [0, 3, '😀a', null, '😀a', false],
      [4, 19, '-Site:"Nord 🏥"', 'site', 'Nord 🏥', true],
    ]);
    expect(found.error?.span).toEqual([20, 26]);
  });

  it.each([
    ['colour:red', [0, 6]],
    ['x status:', [2, 9]],
    ['-status: x', [1, 8]],
    ['- x', [0, 1]],
    ['is:great', [3, 8]],
    ['after:2026-02-30', [6, 16]],
    ['-after:2026-02-03', [0, 17]],
    ['site:"a b', [5, 9]],
    ['site:""', [5, 7]],
    ['a ...', [2, 5]],
  ])('refuses %s at its place', (text, span) => {
    expect(refusal(text)).toEqual(span);
  });

  it('takes what only looks like a key as a text', () => {
    for (const text of ['12:30', '2016-06-14T20:46', '"status:error"', '-word', 'IS:Error', '']) {
      expect(refusal(text), text).toBeNull();
    }
  });

  it('refuses an endless text as a whole', () => {
    expect(termsOf('a '.repeat(1500))).toMatchObject({ terms: [], error: { span: [2000, 3000] } });
    expect(parse('a '.repeat(65)).error?.message).toContain('64 is the most');
  });
});
