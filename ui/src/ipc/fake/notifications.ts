// The made-up program's notifications.
import type { NotificationPage } from '../bindings/NotificationPage';
import type { NotificationRow } from '../bindings/NotificationRow';
import type { NotificationRules } from '../bindings/NotificationRules';
import type { PopUpDesktop } from '../bindings/PopUpDesktop';
import type { PopUpTest } from '../bindings/PopUpTest';

const HOUR = 3_600_000;

/** The rules nobody has touched. */
export function someRules(): NotificationRules {
  return {
    kinds: {},
    webhooks: {},
    quiet: false,
    quiet_from: '20:00',
    quiet_to: '07:00',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    summary_at: '09:00',
    summary_days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  };
}

export class FakeNotifications {
  rows: NotificationRow[] = [];
  mutedUntil: string | null = null;
  heldBy: string | null = null;
  desktop: PopUpDesktop | null = { server: 'dunst 1.9.2', trouble: null };
  test: PopUpTest = {
    outcome: 'shown',
    said: 'dunst 1.9.2 took it as its number 7.',
    server: 'dunst',
    version: '1.9.2',
    id: 7,
  };

  /** Something is due. */
  add(row: Partial<NotificationRow> = {}): NotificationRow {
    const at = row.at ?? '2026-08-22T12:05:00.000000Z';
    const made: NotificationRow = {
      id: this.rows.length + 1,
      at,
      last_at: at,
      title: 'Upload failed',
      body: 'Study 189\nBattery voltage below threshold',
      stage: 'over',
      held_by: null,
      outcome: 'shown',
      detail: 'dunst 1.9.2',
      told_at: at,
      read: false,
      target: { view: 'problems', problem: null, query: '' },
      ...row,
    };
    this.rows = [made, ...this.rows];
    return made;
  }

  page(limit: number): NotificationPage {
    return {
      rows: this.rows.slice(0, limit),
      unread: this.rows.filter((row) => !row.read).length,
      muted_until: this.mutedUntil,
      held_by: this.mutedUntil ? 'muted' : this.heldBy,
      resumes_at: this.mutedUntil,
      kinds: [
        ['upload_error', true],
        ['processing_error', true],
        ['unreadable', true],
        ['receiver', true],
        ['stuck_upload', false],
        ['overdue_subject', false],
      ].map(([kind, on]) => ({ kind: String(kind), default_on: on === true, by_webhook: kind !== 'receiver' })),
      desktop: this.desktop,
    };
  }

  read(ids: number[]): void {
    this.rows = this.rows.map((row) => (ids.length === 0 || ids.includes(row.id) ? { ...row, read: true } : row));
  }

  mute(until: string, now: Date): string | null {
    const hours: Record<string, number> = { hour: 1, tomorrow: 18 };
    const end = until === 'off' ? null : new Date(now.getTime() + (hours[until] ?? 120) * HOUR);
    this.mutedUntil = end?.toISOString() ?? null;
    return this.mutedUntil;
  }
}
