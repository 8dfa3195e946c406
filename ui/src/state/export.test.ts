import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { ExportState } from './export.svelte';
import { Live } from './live.svelte';

let fake: Fake;
let state: ExportState;

beforeEach(async () => {
  fake = new Fake({ subjects: 10 });
  const live = new Live(fake);
  await live.start();
  state = new ExportState(fake, live);
});

describe('ExportState', () => {
  it('proposes a file and says how many rows it will have', async () => {
    await state.begin('status:completed');
    expect(state.path).toMatch(/\.csv$/);
    expect(state.count).toBe(fake.ledger.events.filter((kept) => kept.row.status === 'completed').length);
  });

  it('keeps a name the person chose when the profile changes', async () => {
    await state.begin('');
    state.setPath('/somewhere/mine.csv');
    await state.choose('analysis');
    expect(state.path).toBe('/somewhere/mine.csv');
    await state.choose('xlsx');
    expect(state.path).toBe('/somewhere/mine.xlsx');
    await state.choose('excel');
    expect(state.path).toBe('/somewhere/mine.csv');
  });

  it('follows its progress to the end', async () => {
    await state.begin('');
    await state.start();
    expect(state.running).toBe(true);
    await vi.waitFor(() => expect(state.progress?.state).toBe('done'), { timeout: 4000 });
    expect(state.progress?.rows).toBe(fake.ledger.events.length);
    await state.reveal();
    expect(fake.revealed).toEqual([state.path]);
  });

  it('hears of an end that came before its own answer', async () => {
    await state.begin('');
    vi.spyOn(fake, 'exportStart').mockImplementation((request) => {
      const progress = { id: 7, state: 'done', rows: 3, total: 3, path: request.path, message: null } as const;
      fake.say({ type: 'export', progress });
      return Promise.resolve(7);
    });
    await state.start();
    expect(state.progress?.state).toBe('done');
  });

  it('can be cancelled', async () => {
    await state.begin('');
    await state.start();
    await state.cancel();
    await vi.waitFor(() => expect(state.progress?.state).toBe('cancelled'));
  });

  it('says what is wrong with the file at the file', async () => {
    await state.begin('');
    state.setPath(' ');
    await state.start();
    expect(state.error).toMatchObject({ code: 'invalid', field: 'path' });
    expect(state.running).toBe(false);
  });

  it('takes up a running export after the page was loaded again', () => {
    fake.say({ type: 'export', progress: { id: 4, state: 'running', rows: 1, total: 9, path: 'x', message: null } });
    expect(state.running).toBe(true);
  });
});
