import { describe, expect, it } from 'vitest';

import { itPage } from './it-page';

function where(listens: string): string {
  const parts = itPage({ listens, slug: 'pilot', address: '', senders: [] });
  return parts.find(({ heading }) => heading === 'Where to pass requests on')?.lines[0] ?? '';
}

describe('the page for IT', () => {
  it('says who reaches the listening address', () => {
    expect(where('http://127.0.0.1:9000')).toContain('127.0.0.1:9000. That is this computer alone');
    expect(where('https://[::1]:9000')).toContain('That is this computer alone');
    expect(where('http://0.0.0.0:8737')).toContain('Other computers can reach it there');
  });
});
