import { describe, expect, it } from 'vitest';

import { hasTerm, quoted, term, unfinished, withOnly, withoutTerm, withTerm } from './query';

describe('changing a query', () => {
  it('adds a term once and takes it away again', () => {
    const query = withTerm('battery', 'status:error');
    expect(query).toBe('battery status:error');
    expect(withTerm(query, 'status:error')).toBe(query);
    expect(hasTerm(query, 'status:error')).toBe(true);
    expect(withoutTerm(query, 'status:error')).toBe('battery');
  });

  it('leaves a phrase whole, an unclosed one too', () => {
    expect(withTerm('a  -"b c" site:"say ""x"""', 'is:open')).toBe('a -"b c" site:"say ""x""" is:open');
    expect(hasTerm('"is:open is" x', 'is:open')).toBe(false);
    expect(withTerm('"never closed', 'is:open')).toBe('"never closed is:open');
  });

  it('replaces every value of a key, and leaves what is excluded', () => {
    expect(withOnly('is:open IS:error x -is:repeat', 'is', 'resolved')).toBe('x -is:repeat is:resolved');
    expect(withOnly('is:open x', 'is', null)).toBe('x');
  });

  it('quotes a value that needs it', () => {
    expect(quoted('000103')).toBe('000103');
    expect(term('site', 'a b')).toBe('site:"a b"');
    expect(term('site', 'say "x"')).toBe('site:"say ""x"""');
    expect(term('site', '')).toBe('site:""');
  });
});

describe('what is being typed', () => {
  const at = (text: string, caret = text.length) => {
    const { start, end, key, part, excluded, quoted: inQuotes } = unfinished(text, caret);
    return [start, end, key, part, excluded, inQuotes];
  };

  it('is a word, a key or a value', () => {
    expect(at('battery sta')).toEqual([8, 11, null, 'sta', false, false]);
    expect(at('status:')).toEqual([0, 7, 'status', '', false, false]);
    expect(at('x -Status:er')).toEqual([2, 12, 'status', 'er', true, false]);
    expect(at('-')).toEqual([0, 1, null, '', true, false]);
  });

  it('is nothing between terms, and at the front', () => {
    expect(at('status:error ')).toEqual([13, 13, null, '', false, false]);
    expect(at('status:error', 0)).toEqual([0, 0, null, '', false, false]);
  });

  it('may be in quotes that are not closed', () => {
    expect(at('subject:"a b')).toEqual([0, 12, 'subject', 'a b', false, true]);
    expect(at('site:"a b"')).toEqual([0, 10, 'site', 'a b', false, true]);
    expect(at('"low sta')).toEqual([0, 8, null, 'low sta', false, true]);
  });

  it('goes up to the caret, and stands where all of it stands', () => {
    expect(at('status:error x', 9)).toEqual([0, 12, 'status', 'er', false, false]);
  });
});
