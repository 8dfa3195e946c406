// A JSON text as rows of a tree: keys in the order sent, repeated keys kept, numbers digit for digit. Built on jsonc-parser's tree, which
// knows where each value stands in the text, so nothing is converted on the way to the screen.
import { parseTree, type Node, type ParseError } from 'jsonc-parser';

export interface JsonRow {
  /** Unique in the tree: the places of the values on the way. */
  id: string;
  depth: number;
  /** The key, or the index; null at the root. */
  name: string | null;
  isIndex: boolean;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** The value as in the text; of a string, what it means. Empty for objects and arrays. */
  value: string;
  /** Values inside, of objects and arrays. */
  size: number;
  path: string;
  node: Node;
}

/** The root, or null where the text is not JSON. */
export function parseJson(text: string): Node | null {
  const errors: ParseError[] = [];
  try {
    const start = text.startsWith('\ufeff') ? 1 : 0;
    const root = parseTree(start ? ` ${text.slice(1)}` : text, errors, {
      disallowComments: true,
      allowTrailingComma: false,
    });
    return errors.length > 0 ? null : (root ?? null);
  } catch {
    // Nested deeper than the parser's own stack: shown raw.
    return null;
  }
}

const PLAIN = /^[A-Za-z_$][\w$]*$/;

export function stepOf(name: string, isIndex: boolean): string {
  if (isIndex) return `[${name}]`;
  return PLAIN.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function rowOf(
  text: string,
  node: Node,
  depth: number,
  name: string | null,
  isIndex: boolean,
  parent: string,
): JsonRow {
  const path = name === null ? '$' : parent + stepOf(name, isIndex);
  const kind = node.type as JsonRow['kind'];
  const container = kind === 'object' || kind === 'array';
  const raw = container ? '' : text.slice(node.offset, node.offset + node.length);
  return {
    id: String(node.offset),
    depth,
    name,
    isIndex,
    kind,
    value: kind === 'string' ? String(node.value) : raw,
    size: node.children?.length ?? 0,
    path,
    node,
  };
}

function* children(text: string, row: JsonRow): Generator<JsonRow> {
  for (const [index, child] of (row.node.children ?? []).entries()) {
    if (row.kind === 'array') yield rowOf(text, child, row.depth + 1, String(index), true, row.path);
    else {
      const [key, value] = child.children ?? [];
      if (key && value) yield rowOf(text, value, row.depth + 1, String(key.value), false, row.path);
    }
  }
}

/** The rows that are visible when the rows in `closed` are closed. Walks without recursion: a body may be nested deeply. */
export function jsonRows(text: string, root: Node, closed: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  const stack: JsonRow[] = [rowOf(text, root, 0, null, false, '')];
  for (let row = stack.pop(); row; row = stack.pop()) {
    rows.push(row);
    if (closed.has(row.id)) continue;
    const inside = [...children(text, row)];
    for (let at = inside.length - 1; at >= 0; at -= 1) stack.push(inside[at] as JsonRow);
  }
  return rows;
}

export function isContainer(row: JsonRow): boolean {
  return row.kind === 'object' || row.kind === 'array';
}

/** Whether a row's key or value contains what is looked for (given in lower case). */
export function matches(row: JsonRow, wanted: string): boolean {
  return (row.name ?? '').toLowerCase().includes(wanted) || row.value.toLowerCase().includes(wanted);
}

/** The text of a value, as sent. */
export function source(text: string, row: JsonRow): string {
  return text.slice(row.node.offset, row.node.offset + row.node.length);
}
