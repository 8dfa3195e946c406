import { describe, expect, it } from 'vitest';

import { isChip, quoted, term, terms, withOnly, withoutTerm, withTerm } from './query';

describe('terms', () => {
  it('stands words, phrases, keys and exclusions apart', () => {
    const found = terms('battery "low power" -status:completed subject:"a b" 12:30');
    expect(found.map((each) => [each.key, each.value, each.excluded])).toEqual([
      [null, 'battery', false],
      [null, 'low power', false],
      ['status', 'completed', true],
      ['subject', 'a b', false],
      [null, '12:30', false],
    ]);
  });

  it('keeps every term as it was typed', () => {
    const text = 'a  -"b c" key:"say ""x""" é:1';
    expect(terms(text).map((each) => each.text)).toEqual(['a', '-"b c"', 'key:"say ""x"""', 'é:1']);
    expect(terms(text)[2]?.value).toBe('say "x"');
  });

  it('ends on every input, an unclosed quote too', () => {
    expect(terms('"never closed').map((each) => each.value)).toEqual(['never closed']);
    expect(terms('status:').map((each) => [each.key, each.value])).toEqual([['status', '']]);
    expect(terms('   ')).toEqual([]);
  });

  it('makes chips of complete known keys alone', () => {
    expect(terms('status:error foo:bar status: word').map(isChip)).toEqual([true, false, false, false]);
  });
});

describe('changing a query', () => {
  it('adds a term once and takes it away again', () => {
    const query = withTerm('battery', 'status:error');
    expect(query).toBe('battery status:error');
    expect(withTerm(query, 'status:error')).toBe(query);
    expect(withoutTerm(query, 'status:error')).toBe('battery');
  });

  it('replaces every value of a key', () => {
    expect(withOnly('is:open is:error x', 'is', 'resolved')).toBe('x is:resolved');
    expect(withOnly('is:open x', 'is', null)).toBe('x');
  });

  it('quotes a value that needs it, so that it is read back as the same', () => {
    for (const value of ['000103', 'a b', 'say "x"', '', '"']) {
      expect(terms(term('subject', value))[0]?.value).toBe(value);
    }
    expect(quoted('000103')).toBe('000103');
  });
});
