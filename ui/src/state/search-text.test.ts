import { beforeEach, describe, expect, it, type Mock, vi } from 'vitest';

import { termsOf } from '../ipc/fake/search';
import type { SearchTerms } from '../ipc/bindings/SearchTerms';
import { SearchText } from './search-text.svelte';
import { Terms } from './terms';

/** A program that answers when told to. */
class Slow {
  waiting: (() => void)[] = [];
  searchTerms = (text: string) =>
    new Promise<SearchTerms>((resolve) => {
      this.waiting.push(() => resolve(termsOf(text)));
    });
  async answer() {
    for (const give of this.waiting.splice(0)) give();
    await settled();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const REST = 5;
let going = false;
const unsure = () => going;

describe('SearchText', () => {
  let sent: Mock<(query: string) => void>;
  const quick = () =>
    new SearchText(new Terms({ searchTerms: (text) => Promise.resolve(termsOf(text)) }), sent, unsure, REST);
  const chipsOf = (box: SearchText) => box.chips.map((chip) => chip.text);
  beforeEach(() => {
    sent = vi.fn();
    going = false;
  });

  it('divides a query from elsewhere into chips and text', async () => {
    const box = quick();
    box.show('battery -status:completed "low power"');
    expect(box.text, 'shown at once, as it is').toBe('battery -status:completed "low power"');
    await settled();
    expect(chipsOf(box)).toEqual(['-status:completed']);
    expect(box.chips[0]).toMatchObject({ key: 'status', value: 'completed', excluded: true });
    expect(box.text).toBe('battery "low power"');
    expect(sent, 'it is no news to whoever sent it').not.toHaveBeenCalled();
  });

  it('makes a chip of what the caret has left, and keeps the caret where it was', async () => {
    const box = quick();
    box.typed('status:error', 12);
    await settled();
    expect(chipsOf(box), 'it may go on').toEqual([]);
    box.typed('status:error batt', 17);
    await settled();
    expect([chipsOf(box), box.text, box.caret]).toEqual([['status:error'], 'batt', 4]);
    expect(box.moved).toEqual({ at: 4 });
  });

  it('loses nothing that was typed while an answer is on its way', async () => {
    const slow = new Slow();
    const box = new SearchText(new Terms(slow), sent, unsure, REST);
    box.typed('status:error ', 13);
    box.typed('status:error lo', 15);
    await slow.answer();
    expect([chipsOf(box), box.text]).toEqual([['status:error'], 'lo']);
    box.typed('low', 3);
    box.typed('low x', 5);
    expect(box.text).toBe('low x');
    await slow.answer();
    expect(box.text).toBe('low x');
  });

  it('follows after a pause, and not with what cannot be understood yet', async () => {
    const box = quick();
    box.typed('status:', 7);
    await new Promise((resolve) => setTimeout(resolve, 4 * REST));
    expect(sent).not.toHaveBeenCalled();
    expect(box.misread, 'nobody is told off while typing').toBeNull();
    box.typed('status:error', 12);
    await vi.waitFor(() => expect(sent).toHaveBeenCalledExactlyOnceWith('status:error'));
  });

  it('waits where a value is likely to go on', async () => {
    const box = quick();
    going = true;
    box.typed('status:er', 9);
    await new Promise((resolve) => setTimeout(resolve, 4 * REST));
    expect(sent).not.toHaveBeenCalled();
    box.settle();
    expect(sent, 'until it is said that it does not').toHaveBeenCalledExactlyOnceWith('status:er');
  });

  it('says what is wrong once typing is over, with the place', async () => {
    const box = quick();
    box.typed('status:error colour:red x', 25);
    box.settle();
    expect(sent).toHaveBeenCalledExactlyOnceWith('status:error colour:red x');
    await settled();
    expect(box.misread).toMatchObject({ query: 'status:error colour:red x', error: { span: [13, 19] } });
    expect([chipsOf(box), box.text], 'what is understood is a chip, the rest can be mended').toEqual([
      ['status:error'],
      'colour:red x',
    ]);
  });

  it('edits, removes and clears', async () => {
    const box = quick();
    box.show('is:open status:error battery');
    await settled();
    box.edit(1);
    expect([chipsOf(box), box.text, box.caret]).toEqual([['is:open'], 'status:error battery', 12]);
    box.settle();
    await settled();
    expect(chipsOf(box)).toEqual(['is:open', 'status:error']);
    expect(sent, 'the same query is no change').not.toHaveBeenCalledWith('');
    box.remove(0);
    expect(sent).toHaveBeenLastCalledWith('status:error battery');
    box.clear();
    expect(sent).toHaveBeenLastCalledWith('');
    expect(box.empty).toBe(true);
  });

  it('has each chip once', async () => {
    const box = quick();
    box.show('is:open is:open');
    await settled();
    expect(chipsOf(box)).toEqual(['is:open']);
  });

  it('stays as typed where the program does not answer', async () => {
    const box = new SearchText(new Terms({ searchTerms: () => Promise.reject(new Error('gone')) }), sent, unsure, REST);
    box.typed('status:error x', 14);
    box.settle();
    await settled();
    expect([box.text, sent.mock.lastCall]).toEqual(['status:error x', ['status:error x']]);
  });
});
