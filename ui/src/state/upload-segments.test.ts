import { describe, expect, it } from 'vitest';

import { besides, SEGMENTS, segmentOf, withSegment } from './upload-segments';

describe('segments of uploads', () => {
  it('are found again in the query they made, whatever else it says', () => {
    for (const query of ['', 'webhook:study-189', 'battery -word "two words"'])
      for (const segment of SEGMENTS) {
        const made = withSegment(query, segment);
        expect(segmentOf(made)).toBe(segment);
        expect(besides(made)).toBe(query);
      }
  });

  it('replace one another', () => {
    expect(withSegment('status:started site:12', 'stuck')).toBe('site:12 is:stuck');
    expect(withSegment('is:stuck', 'all')).toBe('');
  });

  it('are none where the query asks for more than one does', () => {
    expect(segmentOf('status:started status:error')).toBeNull();
    expect(segmentOf('status:unheard-of')).toBeNull();
    expect(segmentOf('-status:error'), 'an exclusion is not a choice').toBe('all');
    expect(segmentOf('is:open')).toBe('all');
  });
});
