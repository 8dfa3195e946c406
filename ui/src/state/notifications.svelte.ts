// Notifications: the inbox of what was due to pop up, whether it did, and until when nothing does.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { NotificationPage } from '../ipc/bindings/NotificationPage';
import type { NotificationRow } from '../ipc/bindings/NotificationRow';
import type { PopUpTest } from '../ipc/bindings/PopUpTest';
import { Coalesced } from './coalesced';
import { failure } from './failure';
import type { Live } from './live.svelte';

/** Those that are over, and those that wait: all there are. */
const ROWS = 600;

export class Notifications {
  page = $state.raw<NotificationPage | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** What the last test came to. */
  tested = $state.raw<PopUpTest | null>(null);
  testing = $state(false);

  #refresh: Coalesced;

  constructor(
    private readonly backend: Pick<
      Backend,
      'notifications' | 'notificationsRead' | 'notificationsMute' | 'notificationsTest'
    >,
    gap = 300,
  ) {
    this.#refresh = new Coalesced(() => this.load(), gap);
  }

  get unread(): number {
    return this.page?.unread ?? 0;
  }

  /** Why nothing can pop up on this desktop. */
  get trouble(): string | null {
    return this.page?.desktop?.trouble ?? null;
  }

  /** Follows what is announced; returns the way to stop. */
  start(live: Live): () => void {
    const offs = [
      live.on('notifications', () => this.refresh()),
      live.on('state', () => this.refresh()),
      () => this.#refresh.stop(),
    ];
    return () => {
      for (const off of offs) off();
    };
  }

  refresh(): void {
    this.#refresh.ask();
  }

  async load(): Promise<void> {
    try {
      this.page = await this.backend.notifications(ROWS);
      this.error = null;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** A person has read these; none named: all. What went wrong, or null. */
  async read(rows: readonly NotificationRow[] = []): Promise<ApiError | null> {
    return this.#done(() => this.backend.notificationsRead(rows.map((row) => row.id)));
  }

  /** Nothing pops up until then: `hour`, `tomorrow`, a day, or `off`. What went wrong, or null. */
  async mute(until: string): Promise<ApiError | null> {
    return this.#done(() => this.backend.notificationsMute(until));
  }

  /** Shows a pop-up to try it; what the desktop said is in `tested`. */
  async test(): Promise<ApiError | null> {
    if (this.testing) return null;
    this.testing = true;
    this.tested = null;
    try {
      this.tested = await this.backend.notificationsTest();
      return null;
    } catch (thrown) {
      return failure(thrown);
    } finally {
      this.testing = false;
    }
  }

  async #done(act: () => Promise<unknown>): Promise<ApiError | null> {
    try {
      await act();
      await this.load();
      return null;
    } catch (thrown) {
      return failure(thrown);
    }
  }
}
