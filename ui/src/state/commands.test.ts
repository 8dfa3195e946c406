import { describe, expect, it } from 'vitest';

import { words } from '../words/en';
import { capsOf, COMMANDS, keysOf, SHEET } from './commands';

const lines = Object.values(SHEET).flat();

describe('the keys', () => {
  it('each mean one thing', () => {
    const keys = Object.values(COMMANDS).flatMap((known): readonly string[] => known.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are all on the sheet, with words', () => {
    for (const [id, known] of Object.entries(COMMANDS)) expect(lines, id).toContain(known.line);
    for (const line of lines) {
      expect(capsOf(line).length, line).toBeGreaterThan(0);
      expect(words.help.keys[line], line).toBeTruthy();
    }
  });

  it('are written as their caps are', () => {
    expect(keysOf('palette')).toEqual(['Ctrl', 'K']);
    expect(capsOf('group')).toEqual(['→', '←']);
    expect(capsOf('back')).toEqual(['Esc']);
  });
});
