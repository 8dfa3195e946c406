import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Fake } from '../ipc/fake';
import * as delivery from '../ipc/fake/delivery';
import { MOST_BLOCKS } from './blocks';
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

/** Many at once, announced once. */
function burst(count: number, name: string) {
  for (let at = 0; at < count; at += 1) {
    const person = fake.persons[at % fake.persons.length];
    if (person) fake.ledger.take(delivery.upload(fake.random, new Date(), '189', person, `${name}${at}`, 'started'));
  }
  list.changed(fake.ledger.sequence);
}

/** The sequences at hand from a place on, up to the first hole. */
function sequences(from = 0): number[] {
  const found: number[] = [];
  for (let at = from; at < list.count; at += 1) {
    const row = list.at(at);
    if (!row) break;
    found.push(row.sequence);
  }
  return found;
}

const all = () => fake.ledger.events.map((kept) => kept.row.sequence).reverse();

/** Reads down the whole list, as a wheel does. */
async function readOn(from = 0) {
  for (let first = from; first < list.count; first += 30) {
    list.scrolled(first === 0, first, first + 30);
    await vi.waitFor(() => expect(list.at(Math.min(first + 30, list.count - 1))).toBeDefined(), { interval: 1 });
  }
}

beforeEach(async () => {
  fake = new Fake({ subjects: 60 });
  await fake.subscribe(() => undefined);
  list = new EventList(fake, 0);
  await list.open('');
});

describe('places', () => {
  it('come newest first and go on where they ended, without gap or repetition', async () => {
    expect(sequences()).toHaveLength(PAGE);
    await readOn();
    expect(list.count).toBe(fake.ledger.events.length);
    expect(sequences()).toEqual(all());
    expect(list.total).toBe(fake.ledger.events.length);
  });

  it('are asked for once, however often they are looked at', async () => {
    list.scrolled(false, 90, 120);
    fake.calls = [];
    for (let at = 0; at < 3; at += 1) list.scrolled(false, PAGE - 20, PAGE + 10);
    await settled();
    expect(fake.calls).toEqual(['events']);
  });

  it('of a query that was changed meanwhile are not mixed in', async () => {
    list.scrolled(false, 90, 120);
    list.scrolled(false, PAGE - 20, PAGE + 10);
    await list.open('status:error');
    await settled();
    expect(list.count).toBe(fake.ledger.events.filter((kept) => kept.row.status === 'error').length);
    for (let at = 0; at < list.count; at += 1) expect(list.at(at)?.status).toBe('error');
  });
});

describe('a million events', () => {
  beforeEach(async () => {
    fake = new Fake({ subjects: 4, older: 1_000_000 });
    await fake.subscribe(() => undefined);
    list = new EventList(fake, 0);
    await list.open('');
  });

  it('are one question away from any place, and few are kept', async () => {
    const count = 1_000_000 + fake.ledger.events.length;
    expect(list.count).toBe(count);
    list.scrolled(false, count - 21, count - 1);
    await vi.waitFor(() => expect(list.at(count - 1)?.sequence).toBe(1));
    expect(list.at(count - 1000), 'only what is in sight was asked for').toBeUndefined();
    for (let at = 1; at < 90; at += 1) {
      const first = at * 11_000;
      list.scrolled(false, first, first + 20);
      await vi.waitFor(() => expect(list.at(first + 20)?.sequence).toBe(count - first - 20));
    }
    expect(list.blocks).toBeLessThanOrEqual(MOST_BLOCKS);
    expect(list.at(count - 1), 'what was not looked at for long is let go').toBeUndefined();
  });

  it('are not asked for while the scrollbar flies past them', async () => {
    fake.calls = [];
    for (let at = 1; at <= 60; at += 1) list.scrolled(false, at * 9_000, at * 9_000 + 20);
    await settled();
    expect(fake.calls, 'nobody reads in flight').toEqual([]);
    await vi.waitFor(() => expect(list.at(540_010)).toBeDefined());
    expect(fake.calls.length).toBeLessThanOrEqual(2);
  });

  it('finds an event that is far down, and its place stays known when its row is let go', async () => {
    const index = await list.find(123_456);
    expect(list.at(index)?.sequence).toBe(123_456);
    list.mark(123_456);
    for (let at = 1; at < MOST_BLOCKS + 10; at += 1) await list.bring(at * 5_000);
    expect(list.at(index)).toBeUndefined();
    expect(list.indexOf(123_456)).toBe(index);
    arrive();
    await settled();
    expect(list.indexOf(123_456)).toBe(index + 1);
  });

  it('does not find what does not match', async () => {
    await list.open('status:error');
    expect(await list.find(4)).toBe(-1);
    expect(await list.find(99_999_999)).toBe(-1);
  });
});

describe('what is new', () => {
  it('is shown at once while the reader is at the top', async () => {
    const before = list.total ?? 0;
    arrive();
    await settled();
    expect(list.at(0)?.upload_id).toBe(String(upload));
    expect(list.total).toBe(before + 1);
    expect(list.waiting).toBe(0);
  });

  it('waits while the reader is further down, and moves nothing', async () => {
    list.scrolled(false, 40);
    const shown = sequences();
    const before = list.total ?? 0;
    for (let at = 0; at < 12; at += 1) {
      arrive();
      await settled();
    }
    expect(sequences()).toEqual(shown);
    expect(list.waiting).toBe(12);
    expect(list.total).toBe(before + 12);
    list.showWaiting();
    expect(list.waiting).toBe(0);
    expect(sequences().slice(12)).toEqual(shown);
    expect(list.top, 'the view knows by how much places moved').toBe(12);
  });

  it('is shown by scrolling up, too', async () => {
    list.scrolled(false, 40);
    arrive();
    await settled();
    list.scrolled(true, 0);
    expect(list.at(0)?.upload_id).toBe(String(upload));
  });

  it('counts only what matches', async () => {
    await list.open('status:error');
    list.scrolled(false, 40);
    arrive('started');
    arrive('error');
    await settled();
    expect(list.waiting).toBe(1);
  });

  it('leaves no hole in sight when more came than fits into a page', async () => {
    burst(2 * PAGE + 50, '9');
    await vi.waitFor(() => expect(list.at(0)?.sequence).toBe(fake.ledger.sequence));
    expect(list.count).toBe(fake.ledger.events.length);
    await readOn();
    expect(sequences()).toEqual(all());
  });

  it('waits past a page, counted exactly and not brought until it is shown', async () => {
    list.scrolled(false, 40);
    burst(PAGE + 5, '8');
    await vi.waitFor(() => expect(list.waiting).toBe(PAGE + 5));
    arrive();
    await vi.waitFor(() => expect(list.waiting).toBe(PAGE + 6));
    const shown = sequences();
    list.showWaiting();
    list.scrolled(true, 0);
    await vi.waitFor(() => expect(list.at(0)?.sequence).toBe(fake.ledger.sequence));
    expect(list.waiting).toBe(0);
    expect(sequences(PAGE + 6)).toEqual(shown);
  });

  it('has one request under way in a burst', async () => {
    fake.calls = [];
    for (let at = 0; at < 200; at += 1) arrive();
    await settled();
    await settled();
    expect(fake.calls.filter((call) => call === 'events').length).toBeLessThan(8);
    await vi.waitFor(() => expect(list.at(0)?.upload_id).toBe(String(upload)));
  });

  it('is asked for when an announcement comes late, and nothing begins anew', async () => {
    list.scrolled(false, 260, 290);
    await vi.waitFor(() => expect(list.at(260)).toBeDefined());
    const count = list.count;
    fake.calls = [];
    list.changed(1);
    await settled();
    expect(fake.calls, 'what came after, and no more').toEqual(['events']);
    expect(list.count).toBe(count);
    expect(list.at(260)).toBeDefined();
  });

  it('begins anew when the view was rebuilt: an answer says so', async () => {
    list.scrolled(false, 20, 50);
    const gone = sequences()[0];
    const row = list.at(20)?.sequence;
    fake.ledger.events.pop();
    fake.ledger.sequence -= 1;
    const top = list.top;
    list.changed(1);
    await vi.waitFor(() => expect(list.sequence).toBe(fake.ledger.sequence));
    expect(list.count).toBe(fake.ledger.events.length);
    expect(list.indexOf(gone ?? 0)).toBe(-1);
    expect(list.at(20 + list.top - top)?.sequence, 'the row in sight keeps its rank').toBe(row);
  });

  it('goes on waiting when the same is opened again, far down', async () => {
    list.scrolled(false, 400, 430);
    await vi.waitFor(() => expect(list.at(400)).toBeDefined());
    const [row, count] = [list.at(400)?.sequence, list.count];
    for (let at = 0; at < 12; at += 1) arrive();
    await vi.waitFor(() => expect(list.waiting).toBe(12));
    const counts: number[] = [];
    const events = fake.events.bind(fake);
    fake.events = (query) => {
      counts.push(list.count);
      return events(query);
    };
    await list.open('');
    await settled();
    expect(Math.min(...counts), 'the list is at no time shorter').toBe(count);
    expect([list.waiting, list.count, list.at(400)?.sequence]).toEqual([12, count, row]);
    list.showWaiting();
    expect(list.at(412)?.sequence).toBe(row);
  });

  it('is on top when the same is opened again there, and no row has another rank', async () => {
    const [first] = sequences();
    const person = fake.persons[0];
    if (!person) throw new Error('the study has people');
    fake.ledger.take(delivery.upload(fake.random, new Date(), '189', person, '777', 'started'));
    await list.open('');
    expect(list.at(0)?.upload_id).toBe('777');
    expect([list.top, list.indexOf(first ?? 0)]).toEqual([1, 1]);
    expect(list.count).toBe(fake.ledger.events.length);
  });

  it('is asked for again when its answer came too late for the list', async () => {
    list.scrolled(false, 40);
    arrive();
    await settled();
    const answers: (() => void)[] = [];
    const events = fake.events.bind(fake);
    fake.events = (query) => new Promise((resolve) => answers.push(() => resolve(events(query))));
    arrive();
    list.showWaiting();
    fake.events = events;
    for (const answer of answers) answer();
    await vi.waitFor(() => expect(list.waiting).toBe(1));
  });

  it('of the list before says nothing about a search that was not understood', async () => {
    const answers: (() => void)[] = [];
    const events = fake.events.bind(fake);
    const opening = list.open('foo:bar');
    fake.events = (query) => new Promise((resolve) => answers.push(() => resolve(events(query))));
    arrive();
    await opening;
    expect(list.error?.code).toBe('query');
    for (const answer of answers) answer();
    await settled();
    expect(list.error?.code).toBe('query');
  });

  it('moves no place when it begins anew: the reader stays where they were', async () => {
    arrive();
    await settled();
    expect(list.top).toBe(1);
    await list.open('');
    expect(list.top).toBe(1);
    expect(list.at(0)?.sequence).toBe(fake.ledger.sequence);
    expect(list.indexOf(fake.ledger.sequence)).toBe(0);
  });
});

describe('what changes in place', () => {
  it('is shown where it is in sight: another attempt', async () => {
    const kept = fake.ledger.events.at(-1);
    if (!kept) throw new Error('there are events');
    fake.push({ ...kept.arrival });
    list.changed(fake.ledger.sequence);
    await vi.waitFor(() => expect(list.at(0)?.attempts).toBe(2));
  });

  it('leaves the reader where they are when rows above cease to match', async () => {
    await list.open('is:open');
    const [first, second, third] = sequences();
    if (first === undefined || second === undefined || third === undefined) throw new Error('problems are open');
    list.scrolled(false, 2, 22);
    const id = list.at(0)?.problem_id ?? 0;
    const gone = sequences().filter((sequence) => fake.ledger.detail(sequence)?.row.problem_id === id).length;
    const count = list.count;
    const top = list.top;
    await fake.problemAct({ ids: [id], act: 'resolve', by: 'M. Rossi', note: null, until: null });
    arrive('started');
    await vi.waitFor(() => expect(list.count).toBe(count - gone));
    expect(list.at(2 + list.top - top)?.sequence, 'the row in sight keeps its rank').toBe(third);
  });
});

describe('what comes to match', () => {
  const act = (id: number, what: 'resolve' | 'reopen') =>
    fake.problemAct({ ids: [id], act: what, by: 'M. Rossi', note: null, until: null });

  it('is shown where nothing did', async () => {
    await list.open('is:resolved subject:nobody');
    expect(list.count).toBe(0);
    const events = fake.events.bind(fake);
    fake.events = (query) => events(query.after === null ? { ...query, query: 'status:error' } : query);
    arrive('started');
    await vi.waitFor(() => expect(list.count).toBeGreaterThan(1));
  });

  it('is shown below the last in sight', async () => {
    await list.open('is:open');
    const id = list.at(list.count - 1)?.problem_id ?? 0;
    const count = list.count;
    await act(id, 'resolve');
    await list.open('is:open');
    expect(list.count).toBeLessThan(count);
    list.scrolled(true, 0, list.count - 1);
    await act(id, 'reopen');
    arrive('started');
    await vi.waitFor(() => expect(list.count).toBe(count));
  });

  it('is shown after a burst, too', async () => {
    list.scrolled(true, 0, 190);
    const at = sequences().findIndex((_, index) => list.at(index)?.problem_state === 'open');
    const row = list.at(at);
    if (!row) throw new Error('problems are open');
    burst(40, '6');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await act(row.problem_id ?? 0, 'resolve');
    arrive('started');
    await vi.waitFor(() => expect(list.at(list.indexOf(row.sequence))?.problem_state).toBe('resolved'), 3000);
  });
});

describe('errors', () => {
  it('keep what is shown, with the place of what was not understood', async () => {
    const shown = sequences();
    await list.open('foo:bar');
    expect(list.error).toMatchObject({ code: 'query', span: [0, 3] });
    expect(sequences()).toEqual(shown);
    await list.open('');
    expect(list.error).toBeNull();
  });

  it('of rows in sight are said, and asked for again by scrolling', async () => {
    list.scrolled(false, 90, 120);
    const events = fake.events.bind(fake);
    fake.events = () => Promise.reject({ code: 'internal', message: 'the disk', span: null, field: null });
    list.scrolled(false, PAGE - 20, PAGE + 10);
    await settled();
    expect(list.error?.message).toBe('the disk');
    fake.events = events;
    list.scrolled(false, PAGE - 19, PAGE + 11);
    await settled();
    expect(list.at(PAGE + 11)).toBeDefined();
    expect(list.error).toBeNull();
  });
});
