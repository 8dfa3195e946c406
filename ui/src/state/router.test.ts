import { describe, expect, it } from 'vitest';

import { parsePlace, Router, writePlace } from './router.svelte';

describe('places', () => {
  it('are read back as they were written', () => {
    const place = { view: 'events', query: 'subject:"a b" é & #', at: 12, tab: 'raw' } as const;
    expect(parsePlace(writePlace(place))).toEqual(place);
  });

  it('that make no sense are Today', () => {
    for (const hash of ['', '#', '#/nowhere', '#/../../etc']) expect(parsePlace(hash).view).toBe('today');
    expect(parsePlace('#/events?at=x').at).toBeNull();
  });
});

describe('Router', () => {
  it('finds a view as it was left', () => {
    const router = new Router();
    router.go({ view: 'events', query: 'is:error' });
    router.refine({ at: 7 });
    router.show('today');
    expect(router.place).toMatchObject({ view: 'today', query: '' });
    router.show('events');
    expect(router.place).toMatchObject({ query: 'is:error', at: 7 });
  });

  it('survives a reload', () => {
    new Router().go({ view: 'problems', at: 3, tab: 'all' });
    expect(new Router().place).toMatchObject({ view: 'problems', at: 3, tab: 'all' });
  });
});
