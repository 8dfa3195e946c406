// What the fake answers about the window itself: what changed since, searches, preferences.
import type { Changes } from '../bindings/Changes';
import type { ChangesQuery } from '../bindings/ChangesQuery';
import type { KnownValue } from '../bindings/KnownValue';
import type { SearchTerms } from '../bindings/SearchTerms';
import type { ValuesQuery } from '../bindings/ValuesQuery';
import { terms } from '../../text/query';
import { problemsOf, type Scene, uploadsOf } from './lists';

export function changesOf(scene: Scene, query: ChangesQuery): Changes {
  const since = (at: string | null) => at !== null && at >= query.since;
  const within = (row: { webhook: string }) => query.webhook === '' || row.webhook === query.webhook;
  const uploads = uploadsOf(scene).filter((row) => within(row) && since(row.finished_at));
  const problems = problemsOf(scene).filter(within);
  const opened = problems.filter((row) => since(row.opened_at));
  return {
    sequence: scene.ledger.sequence,
    since: query.since,
    events: scene.ledger.events.filter((kept) => within(kept.row) && since(kept.row.received_at)).length,
    completed: uploads.filter((row) => row.state === 'completed').length,
    failed: uploads.filter((row) => row.state === 'error').length,
    opened: opened.length,
    still_open: opened.filter((row) => row.state === 'open').length,
    resolved: problems.filter((row) => row.state === 'resolved' && since(row.last_at)).length,
    new_subjects: 0,
    problems: opened.slice(0, 50),
    acts: problems
      .filter((row) => since(row.acknowledged_at))
      .slice(0, 50)
      .map((row) => ({
        line: {
          sequence: row.id,
          at: row.acknowledged_at ?? '',
          what: 'acknowledged',
          by: row.acknowledged_by,
          text: row.note,
          until: null,
        },
        problem: row.id,
        subject_id: row.subject_id,
        subject_label: row.subject_label,
        upload_id: row.upload_id,
      })),
  };
}

export function termsOf(text: string): SearchTerms {
  let at = 0;
  const found = terms(text).map((term) => {
    const start = text.indexOf(term.text, at);
    at = start + term.text.length;
    return { start, end: at, text: term.text, key: term.key, value: term.value, excluded: term.excluded };
  });
  return { terms: found, error: null };
}

export function valuesOf(scene: Scene, query: ValuesQuery): KnownValue[] {
  const part = query.part.toLowerCase();
  const fields = {
    status: 'status',
    event: 'event',
    webhook: 'webhook',
    study: 'study_id',
    site: 'site_id',
    subject: 'subject_id',
    upload: 'upload_id',
    serial: 'monitor_serial',
  } as const;
  const field = fields[query.key as keyof typeof fields];
  if (!field) return [];
  const values = new Map<string, string | null>();
  for (const { row } of scene.ledger.events) {
    const value = row[field];
    if (value?.toLowerCase().includes(part)) values.set(value, query.key === 'subject' ? row.subject_identifier : null);
    if (values.size >= 20) break;
  }
  return [...values].map(([value, label]) => ({ value, label }));
}
