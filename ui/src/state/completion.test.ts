import { describe, expect, it, vi } from 'vitest';

import type { KnownValue } from '../ipc/bindings/KnownValue';
import type { ValuesQuery } from '../ipc/bindings/ValuesQuery';
import { Completion, type Typed, withDay } from './completion.svelte';
import { Searches } from './searches.svelte';

const typed = (text: string, caret = text.length): Typed => ({ text, caret, empty: text === '' });

async function some(values: KnownValue[] = []) {
  const saved = [{ name: 'Errors', view: 'events', query: 'is:error' }];
  const searches = new Searches({
    savedSearches: () => Promise.resolve(saved),
    savedSearchesSet: () => Promise.resolve(),
  });
  await searches.begin();
  const searchValues = vi.fn((_query: ValuesQuery) => Promise.resolve(values));
  const completion = new Completion({ searchValues }, searches, () => new Date(2026, 7, 1, 9), 0);
  const texts = (text: string, caret?: number) =>
    completion.proposals('events', typed(text, caret)).map((one) => one.text);
  const take = (text: string, name: string, caret?: number) =>
    completion.proposals('events', typed(text, caret)).find((one) => one.text === name)?.take;
  return { searches, completion, searchValues, texts, take };
}

describe('Completion', () => {
  it('proposes what was searched for before, then keys, where nothing is typed', async () => {
    const { searches, texts } = await some();
    searches.used('events', 'site:12');
    searches.used('events', 'is:error');
    const all = texts('');
    expect(all.slice(0, 4)).toEqual(['Errors', 'Rename or delete…', 'site:12', 'status:']);
    expect(all.at(-1)).toBe('-');
  });

  it('proposes keys that begin so, and leaves words alone', async () => {
    const { texts, take } = await some();
    expect(texts('battery s')).toEqual(['status:', 'subject:', 'site:', 'study:', 'serial:']);
    expect(texts('battery x')).toEqual([]);
    expect(texts('"low s')).toEqual([]);
    expect(take('battery s', 'site:')).toEqual({ what: 'write', text: 'battery site:', caret: 13 });
  });

  it('excludes keys, but not days', async () => {
    const { texts, take } = await some();
    expect(texts('-s')).toContain('-status:');
    expect(texts('-')).not.toContain('-after:');
    expect(texts('-after:')).toEqual([]);
    expect(take('-s', '-site:')).toEqual({ what: 'write', text: '-site:', caret: 6 });
  });

  it('asks the program for values, shows what they stand for, and quotes them', async () => {
    const { completion, searchValues, texts, take } = await some([
      { value: 'Nord 1', label: null },
      { value: '44732', label: '000103' },
    ]);
    completion.ask(typed('subject:0'));
    await vi.waitFor(() => expect(texts('subject:0')).toEqual(['44732']));
    expect(searchValues).toHaveBeenCalledExactlyOnceWith({ key: 'subject', part: '0' });
    expect(completion.proposals('events', typed('subject:0'))[0]?.note).toBe('000103');
    expect(texts('subject:44732'), 'what stands there already').toEqual([]);
    expect(texts('site:'), 'values of another key').toEqual([]);
    expect(take('-subject:no x', 'Nord 1', 11)).toEqual({ what: 'write', text: '-subject:"Nord 1" x', caret: 18 });
  });

  it('keeps the answer to the last question', async () => {
    const { completion, searchValues, texts } = await some();
    let late: (values: KnownValue[]) => void = () => undefined;
    searchValues.mockImplementationOnce(() => new Promise((resolve) => (late = resolve)));
    searchValues.mockResolvedValueOnce([{ value: 'error', label: null }]);
    completion.ask(typed('status:'));
    await vi.waitFor(() => expect(searchValues).toHaveBeenCalledTimes(1));
    completion.ask(typed('status:e'));
    await vi.waitFor(() => expect(texts('status:e')).toEqual(['error']));
    late([{ value: 'completed', label: null }]);
    await Promise.resolve();
    expect(texts('status:e')).toEqual(['error']);
  });

  it('knows what is: takes, and the days that are meant most', async () => {
    const { texts, take } = await some();
    expect(texts('is:')).toHaveLength(8);
    expect(texts('is:problem'), 'by its words, too').toEqual(['open', 'acknowledged', 'resolved']);
    expect(texts('after:').slice(0, 3)).toEqual(['2026-08-01', '2026-07-31', '2026-07-25']);
    expect(take('before:yes', '2026-07-31')).toEqual({ what: 'write', text: 'before:2026-07-31 ', caret: 18 });
    expect(withDay(typed('x after:2026 y', 12), '2026-08-02')).toEqual({ text: 'x after:2026-08-02 y', caret: 19 });
  });

  it('goes around by way of what is typed', async () => {
    const { completion } = await some();
    const places = [1, 1, 1, -1, -1].map((by) => {
      completion.move(by, 2);
      return completion.at;
    });
    expect(places).toEqual([0, 1, -1, 1, 0]);
  });
});
