// What the fake answers about the window itself: what changed since, searches, preferences.
import type { ApiError } from '../bindings/ApiError';
import type { Changes } from '../bindings/Changes';
import type { ChangesQuery } from '../bindings/ChangesQuery';
import type { KnownValue } from '../bindings/KnownValue';
import type { SavedSearch } from '../bindings/SavedSearch';
import type { ValuesQuery } from '../bindings/ValuesQuery';
import { own } from '../../text/own';
import { problemsOf, type Scene, uploadsOf } from './lists';
import { termsOf } from './search';

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
    away: 0,
    away_seconds: 0,
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

const FIELDS = {
  status: 'status',
  event: 'event',
  webhook: 'webhook',
  study: 'study_id',
  site: 'site_id',
  subject: 'subject_id',
  upload: 'upload_id',
  serial: 'monitor_serial',
} as const;

/** Values that exist: those that begin with what is typed first, letter case aside. A subject is found by its label, a webhook by its name, too. */
export function valuesOf(
  scene: Scene,
  webhooks: readonly { slug: string; name: string }[],
  query: ValuesQuery,
): KnownValue[] {
  const key = query.key.toLowerCase();
  const field = own<(typeof FIELDS)[keyof typeof FIELDS]>(FIELDS, key);
  if (!field) {
    const message = `there are no values to propose for ${key}:`;
    const error: ApiError = { code: 'invalid', message, span: null, field: 'key' };
    throw error;
  }
  const part = query.part.toLowerCase();
  const known = new Map<string, string | null>();
  if (key === 'webhook') for (const webhook of webhooks) known.set(webhook.slug, webhook.name);
  for (const { row } of scene.ledger.events) {
    const value = row[field];
    if (value && !known.has(value)) known.set(value, key === 'subject' ? row.subject_identifier : null);
  }
  const texts = (value: string, label: string | null) => [value.toLowerCase(), label?.toLowerCase() ?? ''];
  const begin: KnownValue[] = [];
  const hold: KnownValue[] = [];
  for (const [value, label] of known) {
    const both = texts(value, label);
    if (both.some((text) => text.startsWith(part))) begin.push({ value, label });
    else if (key !== 'upload' && both.some((text) => text.includes(part))) hold.push({ value, label });
  }
  return [...begin, ...hold].slice(0, 20);
}

const LISTS = ['events', 'uploads', 'problems', 'subjects'];

/** As the program checks them; throws what it would. */
export function checkedSearches(searches: readonly SavedSearch[]): SavedSearch[] {
  const invalid = (field: string, message: string): ApiError => ({ code: 'invalid', message, span: null, field });
  if (searches.length > 100) throw invalid('searches', '100 searches are the most that are kept');
  const names = new Set<string>();
  return searches.map((search) => {
    const name = search.name.trim();
    // eslint-disable-next-line no-control-regex -- these are what is looked for
    if (name === '' || Array.from(name).length > 60 || /[\u0000-\u001f\u007f-\u009f]/.test(name))
      throw invalid('name', 'a search\u2019s name is one line of 1 to 60 characters');
    if (!LISTS.includes(search.view)) throw invalid('view', `a search is of one of ${LISTS.join(', ')}`);
    const { error } = termsOf(search.query);
    if (error) throw error;
    if (names.has(name.toLowerCase())) throw invalid('name', `there is a search called ${name} already`);
    names.add(name.toLowerCase());
    return { ...search, name };
  });
}
