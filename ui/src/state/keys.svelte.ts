// Keys: who answers to which. The last to register is asked first, so an open pane comes before its view and its view before the frame.
// What can be done now is offered by name: its key, the palette and the sheet of keys are then one and the same.
import { COMMANDS, type CommandId, type Offer } from './commands';

/** A key as named in a map: `j`, `Escape`, `?`, or with the command key: `mod+k`. */
export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

type Answers = { map: KeyMap } | { offers: () => readonly Offer[] };

export class Keys {
  #answers: Answers[] = [];

  /** Returns the way to unregister; fits an effect. */
  register(map: KeyMap): () => void {
    return this.#add({ map });
  }

  /** What can be done; asked each time a key is pressed or the palette opens. Returns the way to unregister. */
  offer(offers: () => readonly Offer[]): () => void {
    return this.#add({ offers });
  }

  /** What is offered now, the nearest first: each command once. */
  get offered(): Offer[] {
    const all = this.#answers.toReversed().flatMap((known) => ('offers' in known ? known.offers() : []));
    const found = new Map<CommandId, Offer>();
    for (const offer of all) if (!found.has(offer.id)) found.set(offer.id, offer);
    return [...found.values()];
  }

  /** Who answers a key by this name, if anyone does. */
  find(name: string): ((event: KeyboardEvent) => void) | null {
    for (const known of this.#answers.toReversed()) {
      const answer = 'map' in known ? known.map[name] : known.offers().find(({ id }) => hasKey(id, name))?.run;
      if (answer) return answer;
    }
    return null;
  }

  /** Whether a key with the command key is answered here, and is not the business of the field it is pressed in. */
  commands(event: KeyboardEvent): boolean {
    return (event.ctrlKey || event.metaKey) && this.#meant(event) !== null;
  }

  handle(event: KeyboardEvent): void {
    const answer = this.#meant(event);
    if (!answer) return;
    event.preventDefault();
    answer(event);
  }

  /** What answers a key that was pressed, if anything does. */
  #meant(event: KeyboardEvent): ((event: KeyboardEvent) => void) | null {
    if (event.defaultPrevented || event.altKey || event.isComposing) return null;
    const command = event.ctrlKey || event.metaKey;
    const name = command ? `mod+${event.key.toLowerCase()}` : event.key;
    // Single keys are off while someone types or a dialog or menu is open; those see to their own keys.
    if (!command && (isTyping(event.target) || isCovered())) return null;
    if (command && isCovered() && name !== 'mod+k') return null;
    // Taking back what was typed is the field's own.
    if (name === 'mod+z' && isTyping(event.target)) return null;
    if ((name === 'Enter' || name === ' ') && isActivated(event.target)) return null;
    return this.find(name) ?? this.find(command ? digit(event) : name.toLowerCase());
  }

  #add(answers: Answers): () => void {
    this.#answers.push(answers);
    return () => {
      this.#answers = this.#answers.filter((known) => known !== answers);
    };
  }
}

function hasKey(id: CommandId, name: string): boolean {
  const keys: readonly string[] = COMMANDS[id].keys;
  return keys.includes(name);
}

/** Where digits need the shift key (AZERTY), their place on the keyboard counts. */
function digit(event: KeyboardEvent): string {
  return `mod+${/^Digit(\d)$/.exec(event.code)?.[1] ?? ''}`;
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
