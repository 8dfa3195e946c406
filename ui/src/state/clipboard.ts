// The clipboard, and the one sentence when there is none.
import { toast } from 'svelte-sonner';

import { words } from '../words/en';

/** Whether the text is on the clipboard now; if not, the person has been told. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (copyBySelection(text)) return true;
    toast.error(words.copy.failed);
    return false;
  }
}

/** The older way, for web views that refuse the newer one. */
function copyBySelection(text: string): boolean {
  const held = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden-text';
  area.setAttribute('aria-hidden', 'true');
  document.body.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
    if (held instanceof HTMLElement) held.focus();
  }
}
