import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import * as delivery from '../ipc/fake/delivery';
import { EventList, PAGE } from './events.svelte';

let fake: Fake;
let list: EventList;
let upload = 900_000;

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function arrive(status: 'started' | 'completed' | 'error' = 'started') {
  const person = fake.persons[0];
  if (!person) throw new Error('the study has people');
  upload += 1;
  const message = status === 'error' ? 'Battery' : null;
  fake.push(delivery.upload(fake.random, new Date(), '189', person, String(upload), status, message));
  list.changed(fake.ledger.sequence);
}

const sequences = () => list.rows.map((row) => row.sequence);

beforeEach(async () => {
  fake = new Fake({ subjects: 60 });
  await fake.subscribe(() => undefined);
  list = new EventList(fake, 0);
  await list.open('');
});

describe('pages', () => {
  it('come newest first and go on where they ended, without gap or repetition', async () => {
    expect(list.rows).toHaveLength(PAGE);
    while (!list.exhausted) await list.older();
    expect(list.rows).toHaveLength(fake.ledger.events.length);
    expect(sequences()).toEqual(fake.ledger.events.map((kept) => kept.row.sequence).reverse());
    expect(list.total).toBe(fake.ledger.events.length);
  });

  it('are asked for once, however often the end is reached', async () => {
    fake.calls = [];
    await Promise.all([list.older(), list.older(), list.older()]);
    expect(fake.calls).toEqual(['events']);
  });

  it('of a query that was changed meanwhile are not mixed in', async () => {
    const slow = list.older();
    await list.open('status:error');
    await slow;
    expect(list.rows.every((row) => row.status === 'error')).toBe(true);
  });
});

describe('what is new', () => {
  it('is shown at once while the reader is at the top', async () => {
    const before = list.total ?? 0;
    arrive();
    await settled();
    expect(list.rows[0]?.upload_id).toBe(String(upload));
    expect(list.total).toBe(before + 1);
    expect(list.waiting).toBe(0);
  });

  it('waits while the reader is further down, and moves nothing', async () => {
    list.scrolled(false, 40);
    const shown = sequences();
    for (let at = 0; at < 12; at += 1) {
      arrive();
      await settled();
    }
    expect(sequences()).toEqual(shown);
    expect(list.waiting).toBe(12);
    list.showWaiting();
    expect(list.waiting).toBe(0);
    expect(sequences().slice(12)).toEqual(shown);
  });

  it('is shown by scrolling up, too', async () => {
    list.scrolled(false, 40);
    arrive();
    await settled();
    list.scrolled(true, 0);
    expect(list.rows[0]?.upload_id).toBe(String(upload));
  });

  it('counts only what matches', async () => {
    await list.open('status:error');
    list.scrolled(false, 40);
    arrive('started');
    arrive('error');
    await settled();
    expect(list.waiting).toBe(1);
  });

  it('leaves no hole when more came than fits into a page', async () => {
    for (let at = 0; at < PAGE + 50; at += 1) {
      const person = fake.persons[at % fake.persons.length];
      if (person) fake.ledger.take(delivery.upload(fake.random, new Date(), '189', person, `9${at}`, 'started'));
    }
    list.changed(fake.ledger.sequence);
    await vi.waitFor(() => expect(list.rows[0]?.sequence).toBe(fake.ledger.sequence));
    await list.older();
    const newest = fake.ledger.events.map((kept) => kept.row.sequence).reverse();
    expect(sequences()).toEqual(newest.slice(0, 2 * PAGE));
  });

  it('past a page waits as “more than”, and is not asked for again until shown', async () => {
    list.scrolled(false, 40);
    for (let at = 0; at < PAGE + 5; at += 1) {
      const person = fake.persons[0];
      if (person) fake.ledger.take(delivery.upload(fake.random, new Date(), '189', person, `8${at}`, 'started'));
    }
    list.changed(fake.ledger.sequence);
    await settled();
    expect(list.waitingMore).toBe(true);
    list.showWaiting();
    await vi.waitFor(() => expect(list.rows[0]?.sequence).toBe(fake.ledger.sequence));
    expect(list.waitingMore).toBe(false);
  });

  it('has one request under way in a burst', async () => {
    fake.calls = [];
    for (let at = 0; at < 200; at += 1) arrive();
    await settled();
    await settled();
    expect(fake.calls.filter((call) => call === 'events').length).toBeLessThan(8);
    expect(list.rows[0]?.upload_id).toBe(String(upload));
  });

  it('begins anew when the view was rebuilt', async () => {
    fake.calls = [];
    list.changed(1);
    await settled();
    expect(fake.calls).toEqual(['events']);
  });
});

describe('errors', () => {
  it('keep what is shown, with the place of what was not understood', async () => {
    const shown = list.rows;
    await list.open('foo:bar');
    expect(list.error).toMatchObject({ code: 'query', span: [0, 3] });
    expect(list.rows).toBe(shown);
    await list.open('');
    expect(list.error).toBeNull();
  });
});
