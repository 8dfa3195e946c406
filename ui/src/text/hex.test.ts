import { expect, it } from 'vitest';

import { fromBase64, hexRow, hexRows } from './hex';

it('shows offset, bytes and what is printable', () => {
  const bytes = fromBase64(btoa('\u0000\u00ff{"uploadId":"8"}'));
  expect(hexRows(bytes)).toBe(2);
  expect(hexRow(bytes, 0)).toBe('00000000  00 ff 7b 22 75 70 6c 6f  61 64 49 64 22 3a 22 38  ··{"uploadId":"8');
  expect(hexRow(bytes, 16)).toBe(`00000010  ${'22 7d'.padEnd(23)}  ${''.padEnd(23)}  "}`);
});
