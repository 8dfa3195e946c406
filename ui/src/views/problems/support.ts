// A problem as a text for ActiGraph support: ids and times, nothing about people beyond the ids the vendor knows.
import type { ProblemDetail } from '../../ipc/bindings/ProblemDetail';
import { utc } from '../../text/format';
import { words } from '../../words/en';
import { situation } from '../../words/situations';

export function supportText(detail: ProblemDetail): string {
  const { row } = detail;
  const w = words.problems.support;
  const lines: [string, string | number | null][] = [
    [w.study, row.study_id],
    [w.subjectId, row.subject_id],
    [w.label, row.subject_label],
    [w.upload, row.upload_id],
    [w.message, row.message],
    [w.delivery, detail.delivery_id],
    [w.webhook, detail.vendor_webhook_id],
    [w.received, detail.event_received_at ? utc(detail.event_received_at) : null],
    [w.failures, row.events > 1 ? row.events : null],
  ];
  const known = lines.filter(([, value]) => value !== null && value !== '').map(([name, value]) => `${name}: ${value}`);
  return [`${w.subject}: ${situation(row.kind, row.message).title}`, '', ...known, ''].join('\n');
}
