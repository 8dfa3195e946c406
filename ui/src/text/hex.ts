// Bytes as a hex dump: offset, sixteen bytes, the printable ones again.

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** One row: `00000010  7b 22 …  {"…` */
export function hexRow(bytes: Uint8Array, offset: number): string {
  const slice = bytes.subarray(offset, offset + 16);
  const cells = Array.from(slice, (byte) => byte.toString(16).padStart(2, '0'));
  const left = cells.slice(0, 8).join(' ').padEnd(23);
  const right = cells.slice(8).join(' ').padEnd(23);
  const printable = Array.from(slice, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\u00b7',
  ).join('');
  return `${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  ${printable}`;
}

export function hexRows(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / 16);
}
