import { beforeEach, describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import * as delivery from '../ipc/fake/delivery';
import { Inbox, problemEntry } from './inbox.svelte';
import { ProblemActs } from './problem-acts.svelte';

let fake: Fake;
let inbox: Inbox;

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const group = () => {
  const found = inbox.groups.find((known) => known.problems > 1);
  if (!found) throw new Error('the made-up study has a group');
  return found;
};

beforeEach(async () => {
  fake = new Fake({ subjects: 118 });
  inbox = new Inbox(fake, 0);
  await inbox.open('open', '');
});

describe('the inbox', () => {
  it('shows a group as one line, and opens it in place', () => {
    const before = inbox.entries.length;
    inbox.cursor = `g${group().group}`;
    inbox.sideways(true);
    expect(inbox.entries).toHaveLength(before + group().problems);
    inbox.sideways(true);
    expect(inbox.current).toMatchObject({ type: 'problem', level: 2 });
    inbox.sideways(false);
    inbox.sideways(false);
    expect(inbox.entries).toHaveLength(before);
  });

  it('chooses all of a group, and acts on what is chosen', () => {
    inbox.selectGroup(group().group);
    expect(inbox.target()?.ids.toSorted()).toEqual([...group().ids].sort());
    inbox.clear();
    expect(inbox.selected.size).toBe(0);
  });

  it('lets go, while extending, of what was passed and left again', () => {
    inbox.expand(group().group, true);
    inbox.cursor = `g${group().group}`;
    inbox.move(1);
    inbox.move(1, true);
    expect(inbox.selected.size).toBe(2);
    inbox.move(-1, true);
    expect(inbox.selected.size).toBe(1);
  });

  it('keeps the cursor on its line, and lets what is new wait for a reader further down', async () => {
    inbox.move(0);
    const [held, lines] = [inbox.cursor, inbox.entries.map((entry) => entry.id)];
    inbox.scrolled(false);
    const broken = { at: new Date(), webhook: 'study-189', body: 'not JSON', event: 'upload', deliveryId: 'd-1' };
    fake.push({ ...broken, status: null, study: null, person: null, upload: null, message: 'not JSON' } as never);
    inbox.changed(fake.ledger.sequence);
    await settled();
    expect([inbox.waiting, inbox.cursor]).toEqual([1, held]);
    expect(inbox.entries.map((entry) => entry.id)).toEqual(lines);
    inbox.showWaiting();
    expect(inbox.entries).toHaveLength(lines.length + 1);
    expect(inbox.cursor).toBe(held);
  });

  it('moves on to the next line after an act, and takes back exactly what changed', async () => {
    const acts = new ProblemActs(fake);
    const { ids } = group();
    const [one] = ids;
    if (one === undefined) throw new Error('a group has problems');
    inbox.show(one);
    expect(inbox.cursor).toBe(problemEntry(one));
    expect(inbox.after([one])?.id).not.toBe(problemEntry(one));
    await acts.act({ kind: 'acknowledge', ids: [one], by: 'M. Rossi' });
    const done = await acts.act({ kind: 'acknowledge', ids, by: 'M. Rossi' });
    expect(done.ids).toEqual(ids.filter((id) => id !== one));
    await acts.undo(done, 'M. Rossi');
    const states = ids.map((id) => fake.ledger.problems.get(id)?.state);
    expect(states).toEqual(ids.map((id) => (id === one ? 'acknowledged' : 'open')));
  });

  it('keeps its numbers when an answer to an older search comes late', async () => {
    const answers: (() => void)[] = [];
    const ask = fake.problemGroups.bind(fake);
    fake.problemGroups = async (query) => {
      const page = await ask(query);
      if (query.query.startsWith('nothing-like-it')) await new Promise<void>((resolve) => answers.push(resolve));
      return page;
    };
    const { problems } = inbox;
    expect(problems).toBeGreaterThan(0);
    const late = inbox.open('open', 'nothing-like-it');
    await inbox.open('open', '');
    await settled();
    for (const answer of answers) answer();
    await late;
    expect(inbox.problems).toBe(problems);
  });

  it('lists what is put aside, and only that', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await fake.problemAct({ ids: [...group().ids], act: 'snooze', by: 'M. Rossi', note: null, until });
    const aside = [...group().ids].sort();
    await inbox.open('snoozed', '');
    expect(inbox.groups.flatMap((known) => known.ids).sort()).toEqual(aside);
    await inbox.open('open', '');
    expect(inbox.groups.flatMap((known) => known.ids).filter((id) => aside.includes(id))).toEqual([]);
  });

  it('lists what is put aside however old it is in its group, and counts it', async () => {
    const [person] = fake.persons;
    if (!person) throw new Error('somebody');
    for (let at = 0; at < 120; at += 1)
      fake.push(delivery.upload(fake.random, new Date(), '189', person, String(600_000 + at), 'error', 'Too cold'));
    const family = [...fake.ledger.problems.values()].filter((row) => row.message === 'Too cold');
    const oldest = family.slice(0, 3).map((row) => row.id);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await fake.problemAct({ ids: oldest, act: 'snooze', by: 'M. Rossi', note: null, until });
    await inbox.open('snoozed', '');
    expect(inbox.groups.flatMap((known) => known.ids).sort()).toEqual(oldest.sort());
    expect([inbox.problems, inbox.beyond]).toEqual([3, false]);
  });
});
