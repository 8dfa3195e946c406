import { describe, expect, it } from 'vitest';

import { eventsOf, filterIn, filterNamed, queryOf } from './problem-filters';

describe('a saved question', () => {
  it('is asked where its filter is', () => {
    expect(filterIn('battery is:open')).toEqual({ tab: 'open', query: 'battery' });
    expect(filterIn(queryOf('resolved', 'site:1'))).toEqual({ tab: 'resolved', query: 'site:1' });
    expect(filterIn('battery')).toEqual({ tab: 'all', query: 'battery' });
    expect(filterIn('is:acknowledged is:open')).toEqual({ tab: 'all', query: 'is:acknowledged is:open' });
    expect([filterNamed(null), filterNamed('all'), filterNamed('x')]).toEqual(['open', 'all', 'open']);
  });
});

describe('the events behind a question', () => {
  it('are no more than those of the problems it shows', () => {
    expect(eventsOf('open', 'battery')).toBe('battery is:open');
    expect(eventsOf('all', 'battery')).toBe('battery is:open is:acknowledged is:resolved');
    expect(eventsOf('all', 'battery -is:error')).toBe('battery -is:error is:open is:acknowledged is:resolved');
    expect(eventsOf('all', 'battery is:stuck')).toBe('battery is:stuck');
    expect(eventsOf('snoozed', '')).toBe('is:open is:acknowledged');
    expect(eventsOf('snoozed', 'Is:stuck')).toBe('Is:stuck -is:resolved');
  });
});
