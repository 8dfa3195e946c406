// Problems as a text for ActiGraph support: ids and times, nothing about people beyond the ids the vendor knows, no secrets.
import type { Backend } from '../../ipc/backend';
import type { ProblemDetail } from '../../ipc/bindings/ProblemDetail';
import { utc } from '../../text/format';
import { safeLine } from '../../text/safe';
import { words } from '../../words/en';
import { situation } from '../../words/situations';

/** The most problems of a group one text names. */
export const MOST_IN_TEXT = 50;

function lines(detail: ProblemDetail): string[] {
  const { row } = detail;
  const w = words.problems.support;
  const all: [string, string | number | null][] = [
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
  return all
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${safeLine(String(value))}`);
}

/** `all`: how many there are, where that is more than are given. */
export function supportText(details: readonly ProblemDetail[], all = details.length): string {
  const w = words.problems.support;
  const [first] = details;
  if (!first) return '';
  const head = `${w.subject}: ${situation(first.row.kind, first.row.message).title}`;
  if (all === 1) return [head, '', ...lines(first), ''].join('\n');
  const count = all > details.length ? w.bounded(details.length, all) : w.several(all);
  return [head, '', count, ...details.flatMap((detail, at) => ['', `${at + 1}.`, ...lines(detail)]), ''].join('\n');
}

/** The newest of them, a few questions at a time. */
export async function detailsOf(backend: Pick<Backend, 'problem'>, all: readonly number[]): Promise<ProblemDetail[]> {
  const ids = all.slice(0, MOST_IN_TEXT);
  const details: ProblemDetail[] = [];
  for (let from = 0; from < ids.length; from += 10)
    details.push(...(await Promise.all(ids.slice(from, from + 10).map((one) => backend.problem(one)))));
  return details;
}
