import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import { words } from '../words/en';
import { frameCommands } from './frame-commands';
import { Palette } from './palette.svelte';
import { Session } from './session.svelte';

let session: Session;
let palette: Palette;

const names = () => palette.entries.map((entry) => entry.name);
const groups = () => palette.listed.map((listed) => listed.group);
const named = (name: string) => {
  const found = palette.entries.find((entry) => entry.name === name);
  if (!found) throw new Error(`${name} is listed`);
  return found;
};

beforeEach(async () => {
  const fake = new Fake({ subjects: 20 });
  fake.saved = [{ name: 'Batteries', view: 'uploads', query: 'battery' }];
  session = new Session(fake);
  session.keys.offer(() => frameCommands(session));
  await Promise.all([session.searches.begin(), session.webhooks.load()]);
  palette = new Palette(session, 0);
  palette.begin();
});

describe('Palette', () => {
  it('lists places, saved searches, webhooks and what can be done', () => {
    expect(groups()).toEqual(['views', 'saved', 'scope', 'actions']);
    expect(named('Export events').keys).toEqual(['Ctrl', 'E']);
    expect(names().filter((name) => name.startsWith('Theme'))).toHaveLength(3);
    named('Batteries').run();
    expect(session.router.place).toMatchObject({ view: 'uploads', query: 'battery' });
    palette.begin();
    expect(named('Save this search').keys).toEqual([]);
  });

  it('begins with what is selected, under the name the view gives it', () => {
    const run = vi.fn();
    session.keys.offer(() => [{ id: 'acknowledge', name: 'Acknowledge: 3 problems', run }]);
    palette.begin();
    expect(palette.listed[0]).toMatchObject({ group: 'selected', entries: [{ keys: ['A'] }] });
    palette.entries[0]?.run();
    expect(run).toHaveBeenCalledOnce();
  });

  it('finds the best first, and can always search for what is typed', () => {
    palette.type('dark');
    expect(names()[0]).toBe('Theme: Dark');
    expect(groups().at(-1)).toBe('search');
    palette.type('zzz 17');
    expect(groups()).toEqual(['search']);
    palette.entries[0]?.run();
    expect(session.router.place).toMatchObject({ view: 'events', query: 'zzz 17' });
  });

  it('finds subjects by id and by label, and opens one', async () => {
    const [subject] = (await session.backend.subjects({ query: '', before: null, limit: 1 })).rows;
    const label = subject?.label ?? '?';
    palette.type(label);
    await vi.waitFor(() => expect(groups()).toContain('subjects'));
    named(label).run();
    await vi.waitFor(() => expect(session.router.place).toMatchObject({ view: 'subjects', at: subject?.key }));
  });

  it('switches what Today shows', () => {
    const [webhook] = session.webhooks.rows ?? [];
    if (!webhook) throw new Error('there are webhooks');
    named(webhook.name).run();
    expect([session.scope.webhook, session.router.place.view]).toEqual([webhook.slug, 'today']);
    palette.begin();
    expect(names()).toContain(words.palette.allWebhooks);
  });

  it('has what was used lately on top, once', () => {
    for (const name of ['Keys', 'Theme: Dark', 'Keys']) palette.used(named(name));
    palette.begin();
    expect(palette.listed[0]?.group).toBe('recent');
    expect(palette.listed[0]?.entries.map((entry) => entry.name)).toEqual(['Keys', 'Theme: Dark']);
    palette.used(palette.entries[1] ?? named('Keys'));
    palette.begin();
    expect(palette.listed[0]?.entries.map((entry) => entry.name)).toEqual(['Theme: Dark', 'Keys']);
  });

  it('goes around', () => {
    palette.move(-1);
    expect(palette.at).toBe(palette.entries.length - 1);
    palette.move(1);
    expect(palette.at).toBe(0);
  });
});
