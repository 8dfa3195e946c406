import { beforeEach, describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { ColumnChoice, NARROWEST } from './columns.svelte';
import { Preferences } from './preferences.svelte';

const ALL = ['time', 'kind', 'status', 'site'].map((id) => ({ id, label: id, width: '80px', from: 600 }));
const USUAL = ['time', 'kind', 'status'];

let preferences: Preferences;
let choice: ColumnChoice;
const ids = () => choice.columns.map((column) => column.id);

beforeEach(() => {
  preferences = new Preferences(new Fake({ subjects: 0 }), 0);
  choice = new ColumnChoice(preferences, 'test', ALL, USUAL);
});

describe('columns', () => {
  it('are as the list has them until someone chooses', () => {
    expect(ids()).toEqual(USUAL);
    expect(choice.columns[0]?.from).toBe(600);
    expect(choice.isUsual).toBe(true);
  });

  it('are shown, hidden and put in order, and then do not hide by themselves', () => {
    choice.toggle('site');
    choice.move('site', -1);
    choice.toggle('time');
    expect(ids()).toEqual(['kind', 'site', 'status']);
    expect(choice.columns[0]?.from).toBeUndefined();
    expect(choice.order.map(({ column }) => column.id)).toEqual(['kind', 'site', 'status', 'time']);
    choice.move('kind', -1);
    expect(ids(), 'the first stays first').toEqual(['kind', 'site', 'status']);
  });

  it('are never none', () => {
    for (const id of USUAL) choice.toggle(id);
    expect(ids()).toEqual(['status']);
  });

  it('have a width within bounds, and their own again', () => {
    choice.resize('kind', 200);
    choice.resize('time', 1);
    expect(choice.columns.map((column) => column.width)).toEqual([`${NARROWEST}px`, '200px', '80px']);
    expect(choice.columns[1]?.from, 'a width is no choice of columns').toBe(600);
    choice.resize('kind', null);
    expect(choice.widthOf('kind')).toBeNull();
    choice.reset();
    expect(choice.isUsual).toBe(true);
  });

  it('are remembered', async () => {
    const fake = new Fake({ subjects: 0 });
    const kept = new Preferences(fake, 0);
    new ColumnChoice(kept, 'test', ALL, USUAL).toggle('kind');
    kept.flush();
    const again = new Preferences(fake, 0);
    await again.begin();
    expect(new ColumnChoice(again, 'test', ALL, USUAL).columns.map(({ id }) => id)).toEqual(['time', 'status']);
  });

  it.each([
    ['a word', 'wide'],
    ['a list', ['time']],
    ['numbers for names', { shown: [1, 2], widths: {} }],
    ['words for widths', { shown: null, widths: { time: 'wide' } }],
    ['nothing', {}],
    ['names nobody knows', { shown: ['colour', '__proto__'], widths: { constructor: 80 } }],
  ])('that were damaged are as the list has them: %s', (_what, value) => {
    preferences.set('columns.test', value);
    expect(ids()).toEqual(USUAL);
    expect(choice.columns.every((column) => column.width === '80px')).toBe(true);
  });
});
