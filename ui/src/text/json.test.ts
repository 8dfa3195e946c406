import { describe, expect, it } from 'vitest';

import { jsonRows, matches, parseJson, source } from './json';

function rows(text: string, closed: string[] = []) {
  const root = parseJson(text);
  return root ? jsonRows(text, root, new Set(closed)) : null;
}

describe('a JSON tree', () => {
  it('keeps the order of keys, repeated keys, and every digit', () => {
    const text = '{"10":1,"2":2,"a":12345678901234567890.50,"a":1e999,"__proto__":{"x":null}}';
    expect(rows(text)?.map((row) => [row.name, row.value])).toEqual([
      [null, ''],
      ['10', '1'],
      ['2', '2'],
      ['a', '12345678901234567890.50'],
      ['a', '1e999'],
      ['__proto__', ''],
      ['x', 'null'],
    ]);
  });

  it('gives each value a path that can be pasted into a tool', () => {
    const paths = rows('{"a":[{"b c":1}],"d":true}')?.map((row) => row.path);
    expect(paths).toEqual(['$', '$.a', '$.a[0]', '$.a[0]["b c"]', '$.d']);
  });

  it('leaves out what is closed', () => {
    const text = '{"a":{"b":1},"c":2}';
    const all = rows(text);
    expect(rows(text, [all?.[1]?.id ?? ''])?.map((row) => row.name)).toEqual([null, 'a', 'c']);
  });

  it('reads escapes as what they mean and copies what was sent', () => {
    const text = '{"a":"\\u0041\\n"}';
    const row = rows(text)?.[1];
    expect(row?.value).toBe('A\n');
    expect(row && source(text, row)).toBe('"\\u0041\\n"');
  });

  it('accepts a byte order mark and refuses what is not JSON', () => {
    expect(rows('\ufeff{"a":1}')?.[1]?.value).toBe('1');
    for (const text of ['', '{', '{"a":1,}', "{'a':1}", '{} x', '// c\n{}']) expect(rows(text)).toBeNull();
  });

  it('survives nesting without end', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(() => rows(deep)).not.toThrow();
  });

  it('finds keys and values in any casing', () => {
    const row = rows('{"Wear":"ABC"}')?.[1];
    expect(row && matches(row, 'wear')).toBe(true);
    expect(row && matches(row, 'abc')).toBe(true);
    expect(row && matches(row, 'x')).toBe(false);
  });
});
