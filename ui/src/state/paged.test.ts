import { beforeEach, describe, expect, it } from 'vitest';

import type { ListQuery } from '../ipc/bindings/ListQuery';
import { PagedList } from './paged.svelte';

interface Row {
  id: number;
  text: string;
}

let table: Row[];
let asked: ListQuery[];
let list: PagedList<Row>;

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
const ids = () => list.rows.map((row) => row.id);

beforeEach(() => {
  table = Array.from({ length: 450 }, (_, at) => ({ id: 450 - at, text: 'old' }));
  asked = [];
  list = new PagedList<Row>(
    {
      fetch: (query) => {
        asked.push(query);
        const from = query.before === null ? 0 : table.findIndex((row) => row.id === query.before) + 1;
        return Promise.resolve({ sequence: asked.length, rows: table.slice(from, from + query.limit) });
      },
      count: () => Promise.resolve({ rows: table.length, more: false }),
      key: (row) => row.id,
      identity: (row) => String(row.id),
    },
    0,
  );
});

describe('PagedList', () => {
  it('reads to the end', async () => {
    await list.open('');
    while (!list.exhausted) await list.more();
    expect(ids()).toEqual(table.map((row) => row.id));
  });

  it('knows how many there are before it read them all, and once it did', async () => {
    await list.open('');
    expect(list.total, 'not counted yet').toBeNull();
    await settled();
    expect(list.total).toEqual({ rows: 450, more: false });
    table = table.slice(1);
    list.changed(99);
    await settled();
    await settled();
    expect(list.total).toEqual({ rows: 449, more: false });
    while (!list.exhausted) await list.more();
    expect(list.total).toEqual({ rows: list.rows.length, more: false });
  });

  it('follows changes at the top', async () => {
    await list.open('');
    table = [{ id: 451, text: 'new' }, ...table];
    list.changed(99);
    await settled();
    expect(ids()[0]).toBe(451);
  });

  it('changes rows in place further down, and lets new ones wait', async () => {
    await list.open('');
    list.scrolled(false);
    const shown = ids();
    table = [{ id: 451, text: 'new' }, ...table.map((row) => (row.id === 448 ? { ...row, text: 'changed' } : row))];
    list.changed(99);
    await settled();
    expect(ids().filter((id) => shown.includes(id))).toEqual(ids());
    expect(list.rows.find((row) => row.id === 448)?.text).toBe('changed');
    expect(list.waiting).toBe(1);
    list.showWaiting();
    expect([ids()[0], list.waiting]).toEqual([451, 0]);
  });

  it('lets go of a row that no longer matches', async () => {
    table = table.slice(0, 5);
    await list.open('is:open');
    list.scrolled(false);
    table = table.filter((row) => row.id !== 448);
    list.changed(99);
    await settled();
    expect(ids()).not.toContain(448);
  });

  it('does not ask where nothing changed', async () => {
    await list.open('');
    list.changed(1);
    await settled();
    expect(asked).toHaveLength(1);
  });
});
