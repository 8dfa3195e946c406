// Keys: who answers to which. The last to register is asked first, so an open pane comes before its view and its view before the frame.

/** A key as named in a map: `j`, `Escape`, `?`, or with the command key: `mod+k`. */
export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

export class Keys {
  #maps: KeyMap[] = [];

  /** Returns the way to unregister; fits an effect. */
  register(map: KeyMap): () => void {
    this.#maps.push(map);
    return () => {
      this.#maps = this.#maps.filter((known) => known !== map);
    };
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    const name = command ? `mod+${event.key.toLowerCase()}` : event.key;
    // Single keys are off while someone types or a dialog or menu is open; those see to their own keys.
    if (!command && (isTyping(event.target) || isCovered())) return;
    if (command && isCovered() && name !== 'mod+k') return;
    // Taking back what was typed is the field's own.
    if (name === 'mod+z' && isTyping(event.target)) return;
    if ((name === 'Enter' || name === ' ') && isActivated(event.target)) return;
    for (const map of this.#maps.toReversed()) {
      const answer = map[name] ?? (command ? undefined : map[name.toLowerCase()]);
      if (answer) {
        event.preventDefault();
        answer(event);
        return;
      }
    }
  }
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Whether Enter and space mean the focused element itself. To a choice that is made already they mean nothing. */
function isActivated(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.matches('[role="radio"][aria-checked="true"]')) return false;
  return target.closest('button, a, summary, [role="button"], [role="tab"]') !== null;
}

function isCovered(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null;
}

/** `⌘` on a Mac, `Ctrl` elsewhere. */
export const COMMAND = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
