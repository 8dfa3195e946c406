// An upload as a text, for a message to somebody: what is known of it, and its events in order with their times in UTC.
import type { UploadDetail } from '../../state/detail.svelte';
import { duration, utc } from '../../text/format';
import { own } from '../../text/own';
import { safeLine } from '../../text/safe';
import { words } from '../../words/en';

export function uploadText({ row, events }: UploadDetail): string {
  const w = words.uploads;
  const f = w.facts;
  const state = (name: string) => own<string>(words.states, name) ?? safeLine(name);
  const facts: [string, string | null][] = [
    [w.columns.state, state(row.stuck ? 'stuck' : row.state)],
    [f.subject, [row.subject_id, row.subject_label].filter((text) => text !== null && text !== '').join(' · ') || null],
    [f.study, row.study_id],
    [f.webhook, row.webhook],
    [f.started, row.started_at && utc(row.started_at)],
    [row.state === 'error' ? f.error : f.completed, row.finished_at && utc(row.finished_at)],
    [f.took, row.started_at && row.finished_at ? duration(row.started_at, row.finished_at) || null : null],
    [w.columns.message, row.message],
  ];
  return [
    w.title(safeLine(row.upload_id)),
    ...facts.flatMap(([name, value]) => (value ? [`${name}: ${safeLine(value)}`] : [])),
    '',
    ...events.map(({ received_at, status, event, message }) =>
      [utc(received_at), state(status ?? event), message && safeLine(message)].filter(Boolean).join('  '),
    ),
    '',
  ].join('\n');
}
