import { describe, expect, it } from 'vitest';

import { Fake } from '../ipc/fake';
import { words } from './en';
import { sentence } from './sentence';
import { situation } from './situations';

/** Every text of the catalogue; functions are asked with plain arguments. */
function texts(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (typeof node === 'function')
    return [String((node as (...all: unknown[]) => unknown)(...Array(node.length).fill(2)))];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(texts) : [];
}

describe('the catalogue', () => {
  it('has no exclamation marks, no “oops”, nothing empty, nothing unfinished', () => {
    const all = texts(words);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter((text) => /!|oops|please|undefined|\[object|TODO/i.test(text))).toEqual([]);
  });

  it('counts one thing as one thing', () => {
    expect(words.events.shown(1)).toBe('1 event');
    expect(words.events.shown(1204)).toBe('1,204 events');
  });
});

describe('a situation', () => {
  it('that is known is said in plain words', () => {
    const known = situation('upload_error', 'Battery voltage below threshold (3.41 V)');
    expect(known.title).toBe('Upload failed: battery too low');
    expect(known.next.length).toBeGreaterThan(1);
  });

  it('that is not known is said as the vendor wrote it, made safe', () => {
    expect(situation('upload_error', 'E_UNK\u202e 0x17').title).toBe('Upload failed: E_UNK⟨U+202E⟩ 0x17');
    expect(situation('new_kind', null).title).toBe('Problem');
  });

  it('of an unreadable delivery is not guessed from its text', () => {
    expect(situation('unreadable', 'battery').title).toBe('Unreadable delivery: battery');
  });
});

it('every event of a study has a sentence', () => {
  const said = new Set(new Fake({ subjects: 40 }).ledger.events.map((kept) => sentence(kept.row).replace(/\d+/g, '#')));
  expect([...said].sort()).toMatchInlineSnapshot(`
    [
      "Subject # started upload #.",
      "The daily statistics of subject # are ready.",
      "The raw data of subject # could not be processed.",
      "The raw data of subject # was processed.",
      "Upload # of subject # failed.",
      "Upload # of subject # was completed.",
    ]
  `);
});
