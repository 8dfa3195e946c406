// What a webhook waits for until its first delivery, said: the same on its card and on Today.
import type { Waiting } from '../ipc/bindings/Waiting';
import { moment } from '../text/format';
import { words } from './en';

export interface WaitingWords {
  text: string;
  hint: string;
  /** Somebody has to do something. */
  bad: boolean;
}

export function waitingWords(waiting: Waiting, now: Date): WaitingWords {
  const w = words.waiting;
  const at = waiting.at === null ? '' : moment(waiting.at, now);
  switch (waiting.state) {
    case 'never_contacted':
      return { text: w.never, hint: w.neverHint, bad: false };
    case 'handshake_seen':
      return waiting.signed
        ? { text: w.signed(at), hint: w.signedHint, bad: false }
        : { text: w.unsigned(at), hint: w.unsignedHint, bad: false };
    case 'refused':
      return { text: w.refused(at), hint: waiting.reason ?? '', bad: true };
  }
}
