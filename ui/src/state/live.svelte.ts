// The subscription: every message of the program comes in here and goes on to whoever listens. Messages are hints that there is
// something newer; nothing is ever built from a message alone, so a lost one costs nothing.
import type { Backend } from '../ipc/backend';
import type { ExportProgress } from '../ipc/bindings/ExportProgress';
import type { LiveMessage } from '../ipc/bindings/LiveMessage';
import type { NotificationTarget } from '../ipc/bindings/NotificationTarget';
import type { ReceiverStatus } from '../ipc/bindings/ReceiverStatus';

interface Listeners {
  changed: (sequence: number, opened: number) => void;
  state: () => void;
  notifications: () => void;
  open: (target: NotificationTarget) => void;
  export: (progress: ExportProgress) => void;
}

type Name = keyof Listeners;

export class Live {
  /** The receiver as last announced. */
  receiver = $state.raw<ReceiverStatus | null>(null);
  /** The newest position of the view that anyone told us of. */
  sequence = $state(0);
  /** Rows of the log that are not in the view yet. */
  behind = $state(0);

  #listeners: { [K in Name]: Set<Listeners[K]> } = {
    changed: new Set(),
    state: new Set(),
    notifications: new Set(),
    open: new Set(),
    export: new Set(),
  };

  constructor(private readonly backend: Backend) {}

  /** Resolves once every later change will be announced: snapshots come after. */
  start(): Promise<void> {
    return this.backend.subscribe((message) => this.receive(message));
  }

  /** Returns the way to stop listening. */
  on<K extends Name>(name: K, listener: Listeners[K]): () => void {
    this.#listeners[name].add(listener);
    return () => this.#listeners[name].delete(listener);
  }

  /** A snapshot came with this position: if it is newer than every announcement, one was lost, and it is made up for. */
  seen(sequence: number): void {
    if (sequence > this.sequence) this.#advance(sequence, 0);
  }

  receive(message: LiveMessage): void {
    switch (message.type) {
      case 'changed':
        this.behind = message.behind;
        this.#advance(message.sequence, message.opened);
        break;
      case 'state':
        for (const listener of this.#listeners.state) listener();
        break;
      case 'receiver':
        this.receiver = message.status;
        break;
      case 'notifications':
        for (const listener of this.#listeners.notifications) listener();
        break;
      case 'open':
        for (const listener of this.#listeners.open) listener(message.target);
        break;
      case 'export':
        for (const listener of this.#listeners.export) listener(message.progress);
        break;
    }
  }

  #advance(sequence: number, opened: number): void {
    // A rebuilt view begins again at a lower position: that is a change too.
    this.sequence = sequence;
    for (const listener of this.#listeners.changed) listener(sequence, opened);
  }
}
