// What differs between two texts: values of two JSON texts by their path, or lines. Values are compared as they were sent, digit for digit;
// keys keep their order and repeated keys are told apart. Work is bounded: what is too much to align is compared place by place. Leaves out
// how it is shown.
import type { Node } from 'jsonc-parser';

import { hexRow, hexRows } from './hex';
import { parseJson, stepOf } from './json';

export type Difference = 'same' | 'added' | 'removed' | 'changed';

export interface DiffRow {
  id: number;
  /** Where: a path, a header's name, a line's number. */
  label: string;
  /** Null: not there. */
  left: string | null;
  right: string | null;
  state: Difference;
}

/** Pairs of things that are compared with each other at most while aligning; past it they are compared place by place. */
const MOST_PAIRS = 1_000_000;
/** Values nested deeper are compared as they are written. */
const DEEPEST = 200;

export function stateOf(left: string | null, right: string | null): Difference {
  if (left === right) return 'same';
  if (left === null) return 'added';
  return right === null ? 'removed' : 'changed';
}

/** Collects rows and numbers them. */
class Rows {
  readonly all: DiffRow[] = [];
  add(label: string, left: string | null, right: string | null): void {
    this.all.push({ id: this.all.length, label, left, right, state: stateOf(left, right) });
  }
}

/** Which of two lists belong together, in order: what is equal where that can be found, and the rest of a gap one by one. A -1: none. */
export function align(
  left: readonly string[],
  right: readonly string[],
  budget = { pairs: MOST_PAIRS },
): [number, number][] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let [endLeft, endRight] = [left.length, right.length];
  while (endLeft > start && endRight > start && left[endLeft - 1] === right[endRight - 1]) {
    endLeft -= 1;
    endRight -= 1;
  }
  const pairs: [number, number][] = [];
  for (let at = 0; at < start; at += 1) pairs.push([at, at]);
  const equal = common(left.slice(start, endLeft), right.slice(start, endRight), budget);
  let [l, r] = [start, start];
  for (const [a, b] of [...equal.map(([x, y]) => [x + start, y + start] as const), [endLeft, endRight] as const]) {
    // Between two equal ones: what stands in the same place of the gap is one thing that changed.
    while (l < a || r < b) pairs.push([l < a ? l++ : -1, r < b ? r++ : -1]);
    if (a < endLeft || b < endRight) pairs.push([l++, r++]);
  }
  for (let at = 0; at < left.length - endLeft; at += 1) pairs.push([endLeft + at, endRight + at]);
  return pairs;
}

/** The longest common subsequence, as pairs of places; nothing where that would be too much work. */
function common(left: readonly string[], right: readonly string[], budget: { pairs: number }): [number, number][] {
  const [rows, columns] = [left.length, right.length];
  if (rows === 0 || columns === 0 || rows * columns > budget.pairs) return [];
  budget.pairs -= rows * columns;
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1)
    for (let column = columns - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const pairs: [number, number][] = [];
  for (let [row, column] = [0, 0]; row < rows && column < columns;)
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  return pairs;
}

/** Two JSON texts, value by value; null where one of them is not JSON. */
export function jsonDiff(left: string, right: string): DiffRow[] | null {
  const [a, b] = [parseJson(left), parseJson(right)];
  if (!a || !b) return null;
  try {
    const rows = new Rows();
    new JsonDiff(left, right, rows).compare(a, b, '$', 0);
    return rows.all;
  } catch {
    // Nested deeper than the stack: compared as text.
    return null;
  }
}

class JsonDiff {
  readonly #budget = { pairs: MOST_PAIRS };

  constructor(
    private readonly left: string,
    private readonly right: string,
    private readonly rows: Rows,
  ) {}

  compare(a: Node | null, b: Node | null, path: string, depth: number): void {
    const kinds = new Set([a?.type, b?.type].filter((type) => type !== undefined));
    const kind = kinds.size === 1 ? [...kinds][0] : null;
    const isEmpty = !a?.children?.length && !b?.children?.length;
    if (depth < DEEPEST && !isEmpty && kind === 'object') this.#objects(a, b, path, depth);
    else if (depth < DEEPEST && !isEmpty && kind === 'array') this.#arrays(a, b, path, depth);
    else this.rows.add(path, a && shown(this.left, a), b && shown(this.right, b));
  }

  #objects(a: Node | null, b: Node | null, path: string, depth: number): void {
    const [left, right] = [members(a), members(b)];
    for (const name of merged([...left.keys()], [...right.keys()])) {
      const key = (left.get(name) ?? right.get(name))?.key ?? '';
      this.compare(left.get(name)?.value ?? null, right.get(name)?.value ?? null, path + stepOf(key, false), depth + 1);
    }
  }

  #arrays(a: Node | null, b: Node | null, path: string, depth: number): void {
    const [left, right] = [a?.children ?? [], b?.children ?? []];
    const text = (whole: string) => (node: Node) => whole.slice(node.offset, node.offset + node.length);
    for (const [l, r] of align(left.map(text(this.left)), right.map(text(this.right)), this.#budget))
      this.compare(left[l] ?? null, right[r] ?? null, path + stepOf(String(r >= 0 ? r : l), true), depth + 1);
  }
}

/** A value as it was sent; of a string, what it means. */
function shown(text: string, node: Node): string {
  return node.type === 'string' ? JSON.stringify(node.value) : text.slice(node.offset, node.offset + node.length);
}

/** The members of an object, each by its key and which of that name it is. */
function members(node: Node | null): Map<string, { key: string; value: Node }> {
  const found = new Map<string, { key: string; value: Node }>();
  const seen = new Map<string, number>();
  for (const member of node?.children ?? []) {
    const [name, value] = member.children ?? [];
    if (!name || !value) continue;
    const key = String(name.value);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    found.set(`${times}:${key}`, { key, value });
  }
  return found;
}

/** All names in the order of the left; what is only on the right stands behind what it follows there. */
export function merged(left: readonly string[], right: readonly string[]): string[] {
  const known = new Set(left);
  const behind = new Map<string | null, string[]>();
  let last: string | null = null;
  for (const name of right)
    if (known.has(name)) last = name;
    else {
      const names = behind.get(last);
      if (names) names.push(name);
      else behind.set(last, [name]);
    }
  return [...(behind.get(null) ?? []), ...left.flatMap((name) => [name, ...(behind.get(name) ?? [])])];
}

/** Lists of names with values, as headers: each name by which of that name it is, letter case aside. */
export function namesDiff(
  left: readonly { name: string; value: string }[],
  right: readonly { name: string; value: string }[],
): DiffRow[] {
  const [a, b] = [named(left), named(right)];
  const rows = new Rows();
  for (const name of merged([...a.keys()], [...b.keys()])) {
    const [l, r] = [a.get(name), b.get(name)];
    rows.add(r?.name ?? l?.name ?? '', l?.value ?? null, r?.value ?? null);
  }
  return rows.all;
}

function named(list: readonly { name: string; value: string }[]): Map<string, { name: string; value: string }> {
  const found = new Map<string, { name: string; value: string }>();
  const seen = new Map<string, number>();
  for (const line of list) {
    const name = line.name.toLowerCase();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    found.set(`${times}:${name}`, line);
  }
  return found;
}

/** Two texts, line by line. */
export function linesDiff(left: string, right: string): DiffRow[] {
  const [a, b] = [left.split('\n'), right.split('\n')];
  const rows = new Rows();
  for (const [l, r] of align(a, b)) rows.add(String((r >= 0 ? r : l) + 1), a[l] ?? null, b[r] ?? null);
  return rows.all;
}

/** Bytes, sixteen by sixteen. */
export function bytesDiff(left: Uint8Array, right: Uint8Array): DiffRow[] {
  const rows = new Rows();
  const all = Math.max(hexRows(left), hexRows(right));
  for (let at = 0; at < all; at += 1) {
    const offset = at * 16;
    const of = (bytes: Uint8Array) => (offset < bytes.length ? hexRow(bytes, offset).slice(10) : null);
    rows.add(offset.toString(16).padStart(8, '0'), of(left), of(right));
  }
  return rows.all;
}
