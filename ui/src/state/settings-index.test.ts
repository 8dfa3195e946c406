import { describe, expect, it } from 'vitest';

import { findSettings, SETTINGS } from './settings-index';

const ids = (typed: string) => findSettings(typed).map(({ id }) => id);

describe('finding a setting', () => {
  it.each([
    ['dark', 'theme'],
    ['night mode', 'theme'],
    ['notification', 'popups'],
    ['Backup', 'backups'],
    ['ssl', 'certificate'],
    ['internet', 'address'],
    ['cloudflared', 'proxies'],
    ['port', 'listening'],
    ['who am I', 'operator'],
    ['wizard', 'setup'],
    ['hours stuck', 'stuck'],
    ['resend', 'away'],
    ['PRIVACY', 'subjects'],
  ])('%s', (typed, id) => expect(ids(typed)).toContain(id));

  it('finds by every word, the name first, and nothing for nothing', () => {
    expect(ids('public address')[0]).toBe('address');
    expect(ids('dark backup')).toEqual([]);
    expect(ids('   ')).toEqual([]);
    expect(ids('a').length).toBeLessThanOrEqual(8);
  });

  it('has each setting once, with a name and a text', () => {
    expect(new Set(SETTINGS.map(({ id }) => id)).size).toBe(SETTINGS.length);
    expect(SETTINGS.filter(({ name, text, at }) => name === '' || text === '' || at === '')).toEqual([]);
  });
});
