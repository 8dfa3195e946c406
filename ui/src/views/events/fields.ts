// What a list of events can show: each column with its width, its value as text, and the search for it where there is one. Leaves out how
// a cell looks.
import type { Column } from '../../components/columns';
import type { EventRow } from '../../ipc/bindings/EventRow';
import { isoDay, utc } from '../../text/format';
import { words } from '../../words/en';

const c = words.events.columns;

interface Field extends Column {
  /** The value as it was sent; what is copied. */
  text: (row: EventRow) => string | null;
  /** The key of the search language under which this value is found. */
  key?: string;
  /** Where the value looked for is not the one shown. */
  sought?: (row: EventRow) => string | null;
}

export const FIELDS: readonly Field[] = [
  { id: 'time', label: c.time, width: '88px', text: (row) => row.received_at },
  { id: 'kind', label: c.kind, width: 'minmax(84px, 160px)', roomy: '160px', text: (row) => row.event, key: 'event' },
  { id: 'status', label: c.status, width: '100px', text: (row) => row.status, key: 'status' },
  {
    id: 'subject',
    label: c.subject,
    width: 'minmax(92px, 132px)',
    roomy: '132px',
    text: (row) => row.subject_id ?? row.subject_identifier,
    key: 'subject',
  },
  {
    id: 'upload',
    label: c.upload,
    width: '60px',
    from: 560,
    class: 'mono',
    text: (row) => row.upload_id,
    key: 'upload',
  },
  {
    id: 'message',
    label: c.message,
    width: 'minmax(80px, 1fr)',
    roomy: 'minmax(200px, 1fr)',
    from: 620,
    text: (row) => row.message,
  },
  {
    id: 'flags',
    label: c.flags,
    width: '92px',
    from: 860,
    text: (row) => row.flags.join(', ') || null,
    key: 'is',
    sought: (row) => row.flags.find((flag) => flag === 'repeat' || flag === 'unreadable') ?? null,
  },
  { id: 'webhook', label: c.webhook, width: '112px', class: 'mono', text: (row) => row.webhook, key: 'webhook' },
  { id: 'study', label: c.study, width: '60px', class: 'mono', text: (row) => row.study_id, key: 'study' },
  { id: 'site', label: c.site, width: '48px', class: 'mono', text: (row) => row.site_id, key: 'site' },
  { id: 'serial', label: c.serial, width: '124px', class: 'mono', text: (row) => row.monitor_serial, key: 'serial' },
  {
    id: 'problem',
    label: c.problem,
    width: '112px',
    text: (row) => row.problem_state,
    key: 'is',
  },
  { id: 'attempts', label: c.attempts, width: '64px', class: 'number', text: (row) => String(row.attempts) },
  { id: 'delivery', label: c.delivery, width: '148px', class: 'mono', text: (row) => row.delivery_id, key: 'delivery' },
  { id: 'vendor', label: c.vendor, width: '76px', class: 'mono', text: (row) => row.vendor_webhook_id },
  { id: 'authentication', label: c.authentication, width: '104px', text: (row) => row.authentication },
  { id: 'source', label: c.source, width: '112px', class: 'mono', text: (row) => row.source_ip },
  { id: 'first', label: c.first, width: '204px', class: 'mono', text: (row) => row.first_epoch_subject },
  { id: 'last', label: c.last, width: '204px', class: 'mono', text: (row) => row.last_epoch_subject },
  { id: 'firstUtc', label: c.firstUtc, width: '204px', class: 'mono', text: (row) => row.first_epoch_utc },
  { id: 'lastUtc', label: c.lastUtc, width: '204px', class: 'mono', text: (row) => row.last_epoch_utc },
  { id: 'utc', label: c.utc, width: '176px', class: 'mono', text: (row) => utc(row.received_at) },
  { id: 'sequence', label: c.sequence, width: '76px', class: 'mono', text: (row) => String(row.sequence) },
  { id: 'digest', label: c.digest, width: '148px', class: 'mono', text: (row) => row.body_sha256 },
];

/** Shown until someone chooses. */
export const USUAL = ['time', 'kind', 'status', 'subject', 'upload', 'message', 'flags'];

export function fieldOf(id: string): Field | undefined {
  return FIELDS.find((field) => field.id === id);
}

/** The value of a cell as text. */
export function textOf(row: EventRow, id: string): string | null {
  return fieldOf(id)?.text(row) ?? null;
}

/** The day of a moment in the viewer's zone, and the next, as the search language takes them. */
export function daysAround(at: string): { day: string; next: string } {
  const day = new Date(at);
  const next = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
  return { day: isoDay(day), next: isoDay(next) };
}
