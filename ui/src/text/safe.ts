// Payload text is hostile. It is only ever rendered as text; here what is invisible in it, or would reorder what stands around it,
// becomes a visible sign. Around it stands a <bdi>, see SafeText.svelte.

/** Zero-width and direction-changing characters: shown by their code point. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g;

/** C0, DEL and C1 without line feed and tab. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function codePoint(text: string): string {
  return `\u27e8U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return codePoint(control);
}

/** One line: line feeds and tabs become pictures too. */
export function safeLine(text: string): string {
  return safeBlock(text).replace(/\n/g, '\u240a').replace(/\t/g, '\u2409');
}

/** Several lines: line feeds and tabs stay. */
export function safeBlock(text: string): string {
  return text.replace(CONTROL, picture).replace(INVISIBLE, codePoint);
}
