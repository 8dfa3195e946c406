import { describe, expect, it } from 'vitest';

import { Random } from '../ipc/fake/random';
import { align, bytesDiff, jsonDiff, linesDiff, merged, namesDiff, type DiffRow } from './diff';

const short = (rows: DiffRow[] | null) => rows?.map(({ label, left, right, state }) => [label, left, right, state]);
const other = (rows: DiffRow[] | null) => short(rows)?.filter(([, , , state]) => state !== 'same');

describe('JSON', () => {
  it('is compared by path, in the order sent', () => {
    expect(short(jsonDiff('{"a":1,"b":"x","c":true}', '{"a":1,"n":null,"b":"y"}'))).toEqual([
      ['$.a', '1', '1', 'same'],
      ['$.n', null, 'null', 'added'],
      ['$.b', '"x"', '"y"', 'changed'],
      ['$.c', 'true', null, 'removed'],
    ]);
  });

  it('is compared digit for digit, and strings by what they mean', () => {
    expect(other(jsonDiff('[10719925474099312345]', '[10719925474099312346]'))).toHaveLength(1);
    expect(other(jsonDiff('[1.0]', '[1.00]'))).toHaveLength(1);
    expect(other(jsonDiff('["\\u0041"]', '["A"]'))).toEqual([]);
  });

  it('tells repeated keys apart', () => {
    expect(other(jsonDiff('{"a":1,"a":2}', '{"a":1,"a":3}'))).toEqual([['$.a', '2', '3', 'changed']]);
    expect(other(jsonDiff('{"a":1,"a":2}', '{"a":1}'))).toEqual([['$.a', '2', null, 'removed']]);
  });

  it('finds what was put into an array, and what of an item changed', () => {
    expect(other(jsonDiff('[1,2,3]', '[0,1,2,3]'))).toEqual([['$[0]', null, '0', 'added']]);
    expect(other(jsonDiff('[{"a":1,"b":2},7]', '[{"a":1,"b":3},7]'))).toEqual([['$[0].b', '2', '3', 'changed']]);
  });

  it('names every value of what is only on one side, and a kind that changed as one', () => {
    expect(other(jsonDiff('{}', '{"x":{"y":[1,{}]}}'))).toEqual([
      ['$.x.y[0]', null, '1', 'added'],
      ['$.x.y[1]', null, '{}', 'added'],
    ]);
    expect(other(jsonDiff('{"x":[1]}', '{"x":{"y":1}}'))).toEqual([['$.x', '[1]', '{"y":1}', 'changed']]);
    expect(other(jsonDiff('{"x":[]}', '{"x":{}}'))).toEqual([['$.x', '[]', '{}', 'changed']]);
  });

  it('knows no key that is dangerous', () => {
    expect(other(jsonDiff('{"__proto__":1,"constructor":2}', '{"__proto__":1,"constructor":3}'))).toEqual([
      ['$.constructor', '2', '3', 'changed'],
    ]);
  });

  it('that is none is said to be none', () => {
    expect(jsonDiff('{"a":1}', 'hello')).toBeNull();
    expect(jsonDiff('', '{}')).toBeNull();
  });

  it('survives depth and size: a mebibyte within bounds', () => {
    const deep = (value: string) => '['.repeat(1000) + value + ']'.repeat(1000);
    expect(jsonDiff(deep('1'), deep('2'))?.filter((row) => row.state !== 'same').length ?? 1).toBe(1);
    const long = (from: number) => `[${Array.from({ length: 100_000 }, (_, at) => at + from).join(',')}]`;
    const rows = jsonDiff(long(0), long(1));
    expect(rows?.length).toBeGreaterThanOrEqual(100_000);
  });
});

/** A made-up JSON value; numbers few, so that some are equal. */
function made(random: Random, depth: number): unknown {
  const kind = random.whole(0, depth > 0 ? 5 : 3);
  if (kind === 0) return random.whole(0, 3);
  if (kind === 1) return random.pick(['', 'a', '"', '\u202e', '__proto__']);
  if (kind === 2) return random.chance(0.5);
  if (kind === 3) return null;
  const inside = Array.from({ length: random.whole(0, 4) }, () => made(random, depth - 1));
  return kind === 4 ? inside : Object.fromEntries(inside.map((value, at) => [`k${(at * 7) % 5}`, value]));
}

describe('whatever is compared', () => {
  const random = new Random(7);
  const pairs = Array.from({ length: 300 }, () => [JSON.stringify(made(random, 4)), JSON.stringify(made(random, 4))]);

  it('is the same as itself', () => {
    for (const [text = ''] of pairs) expect(other(jsonDiff(text, text)), text).toEqual([]);
  });

  it('differs where its text differs, and both ways alike', () => {
    for (const [left = '', right = ''] of pairs) {
      const there = jsonDiff(left, right) ?? [];
      const back = jsonDiff(right, left) ?? [];
      expect(
        there.every((row) => row.state === 'same'),
        `${left} ${right}`,
      ).toBe(left === right);
      const count = (rows: DiffRow[], state: string) => rows.filter((row) => row.state === state).length;
      expect(count(there, 'added') - count(there, 'removed')).toBe(count(back, 'removed') - count(back, 'added'));
    }
  });

  it('has every line of both sides once, in order', () => {
    const lines = () => Array.from({ length: random.whole(0, 12) }, () => random.pick(['a', 'b', 'c', 'd']));
    for (let at = 0; at < 300; at += 1) {
      const [left, right] = [lines(), lines()];
      for (const budget of [{ pairs: 1000 }, { pairs: 0 }]) {
        const found = align(left, right, budget);
        expect(found.map(([l]) => l).filter((l) => l >= 0)).toEqual(left.map((_, place) => place));
        expect(found.map(([, r]) => r).filter((r) => r >= 0)).toEqual(right.map((_, place) => place));
      }
    }
  });
});

describe('other things', () => {
  it('lines are aligned', () => {
    expect(other(linesDiff('a\nb\nc', 'a\nx\nb\nc'))).toEqual([['2', null, 'x', 'added']]);
  });

  it('headers are compared by name, each of a name apart', () => {
    const left = [
      { name: 'Host', value: 'a' },
      { name: 'X-A', value: '1' },
      { name: 'X-A', value: '2' },
    ];
    const right = [
      { name: 'host', value: 'a' },
      { name: 'New', value: 'n' },
      { name: 'X-A', value: '1' },
      { name: 'X-A', value: '3' },
    ];
    expect(other(namesDiff(left, right))).toEqual([
      ['New', null, 'n', 'added'],
      ['X-A', '2', '3', 'changed'],
    ]);
  });

  it('bytes are compared sixteen by sixteen', () => {
    const left = Uint8Array.from({ length: 40 }, (_, at) => at);
    const right = Uint8Array.from(left).subarray(0, 30);
    expect(bytesDiff(left, right).map((row) => row.state)).toEqual(['same', 'changed', 'removed']);
  });

  it('names keep the order of the left', () => {
    expect(merged(['a', 'b', 'c'], ['n', 'a', 'x', 'y', 'c', 'z'])).toEqual(['n', 'a', 'x', 'y', 'b', 'c', 'z']);
  });
});
