// The fake's answers that are computed when asked: lists and Today, from the ledger, the hour and the settings.
import type { ProblemRow } from '../bindings/ProblemRow';
import type { ListQuery } from '../bindings/ListQuery';
import type { ReceiverStatus } from '../bindings/ReceiverStatus';
import type { SubjectRow } from '../bindings/SubjectRow';
import type { Today } from '../bindings/Today';
import type { UploadRow } from '../bindings/UploadRow';
import type { Ledger } from './ledger';
import { matcher } from './search';
import { boardOf } from './subjects';
import { groupOf, groupsAmong, snoozed } from './problems';

const HOUR = 3_600_000;

export interface Scene {
  ledger: Ledger;
  now: Date;
  stuckAfterHours: number;
  receiver: ReceiverStatus;
  webhooks: number;
}

export function uploadsOf(scene: Scene): UploadRow[] {
  const limit = scene.now.getTime() - scene.stuckAfterHours * HOUR;
  return [...scene.ledger.uploads.values()]
    .map((row) => ({ ...row, stuck: row.state === 'started' && new Date(row.last_at).getTime() < limit }))
    .sort((a, b) => b.key - a.key);
}

export function uploadsThat(scene: Scene, query: string): UploadRow[] {
  const matches = matcher(query);
  return uploadsOf(scene).filter((row) => matches(asMatched(row, row.state, row.last_at, row.stuck)));
}

export function problemsThat(scene: Scene, query: string): ProblemRow[] {
  const matches = matcher(query);
  return problemsOf(scene).filter((row) =>
    matches(asMatched(row, row.state, row.last_at, row.kind === 'stuck_upload')),
  );
}

export function problemsOf(scene: Scene): ProblemRow[] {
  const stuck = uploadsOf(scene)
    .filter((row) => row.stuck)
    .map((row): ProblemRow => {
      const { webhook, study_id, subject_id, subject_label, upload_id, events } = row;
      const common = { webhook, study_id, subject_id, subject_label, upload_id, events };
      const nobody = { acknowledged_by: null, acknowledged_at: null, note: null };
      const at = row.started_at ?? row.last_at;
      const id = 1_000_000 + row.key;
      const fresh: ProblemRow = {
        ...common,
        ...nobody,
        id,
        kind: 'stuck_upload',
        state: 'open',
        message: null,
        opened_at: at,
        last_at: at,
        snoozed_until: null,
        follow_up: null,
        group: groupOf('stuck_upload', null),
      };
      return { ...fresh, ...scene.ledger.stuck.get(id) };
    });
  const rows = [...scene.ledger.problems.values(), ...stuck];
  // A snooze that is over is none.
  return rows
    .map((row) => (snoozed(row, scene.now) ? row : { ...row, snoozed_until: null }))
    .sort((a, b) => b.opened_at.localeCompare(a.opened_at));
}

export function subjectState(completed: string | null, now: Date): string {
  if (completed === null) return 'no_upload';
  const days = (now.getTime() - new Date(completed).getTime()) / 86_400_000;
  return days >= 5 ? 'late' : days >= 3 ? 'overdue' : 'current';
}

export function todayOf(scene: Scene, days: number, webhook = ''): Today {
  const { now } = scene;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const within = (row: { webhook: string }) => webhook === '' || row.webhook === webhook;
  const uploads = uploadsOf(scene).filter(within);
  const problems = problemsOf(scene).filter(within);
  const open = problems.filter((row) => row.state === 'open');
  const slice = days === 1 ? HOUR : 24 * HOUR;
  const slices = days === 1 ? 24 : days;
  const bars = Array.from({ length: slices }, (_, at) => {
    const start = midnight - (days - 1) * 24 * HOUR + at * slice;
    const ended = uploads.filter((row) => {
      const end = row.finished_at ? new Date(row.finished_at).getTime() : 0;
      return end >= start && end < start + slice;
    });
    const failed = ended.filter((row) => row.state === 'error').length;
    return { start: new Date(start).toISOString(), completed: ended.length - failed, failed };
  });
  const today = uploads.filter((row) => row.finished_at !== null && new Date(row.finished_at).getTime() >= midnight);
  const states = [...scene.ledger.subjects.values()]
    .filter(within)
    .map((row) => subjectState(row.last_completed_at, now));
  return {
    sequence: scene.ledger.sequence,
    receiver: scene.receiver,
    counts: {
      completed_today: today.filter((row) => row.state === 'completed').length,
      failed_today: today.filter((row) => row.state === 'error').length,
      in_progress: uploads.filter((row) => row.state === 'started').length,
      stuck: uploads.filter((row) => row.stuck).length,
      open_problems: open.length,
      snoozed_problems: open.filter((row) => row.snoozed_until !== null).length,
      acknowledged_problems: problems.filter((row) => row.state === 'acknowledged').length,
      overdue_subjects: states.filter((state) => state === 'overdue' || state === 'late').length,
      subjects: states.length,
      events: scene.ledger.events.filter((kept) => within(kept.row)).length,
    },
    bars,
    latest: uploads.slice(0, 12),
    problems: groupsAmong(open.filter((row) => row.snoozed_until === null))
      .slice(0, 8)
      .map((group) => ({ ...group, newest: group.newest.slice(0, 1), ids: [] })),
    webhooks: scene.webhooks,
    overdue: overdueOf(scene, within),
    away: [],
    away_more: 0,
  };
}

export function page<Row>(rows: Row[], query: ListQuery, key: (row: Row) => number): Row[] {
  const from = query.before === null ? 0 : rows.findIndex((row) => key(row) === query.before) + 1;
  return rows.slice(from, from + query.limit);
}

interface Common {
  webhook: string;
  study_id: string | null;
  subject_id: string | null;
  subject_label?: string | null;
  label?: string | null;
  upload_id?: string | null;
  site_id?: string | null;
  monitor_serial?: string | null;
  message: string | null;
}

export function asMatched(row: Common, state: string, at: string, stuck: boolean) {
  const label = row.subject_label ?? row.label ?? null;
  return {
    webhook: row.webhook,
    study_id: row.study_id,
    subject_id: row.subject_id,
    text: [row.message, label, row.subject_id, row.upload_id].filter(Boolean).join(' '),
    at,
    is: (what: string) => state === what || (what === 'stuck' && stuck),
    values: {
      status: [state],
      webhook: [row.webhook],
      study: [row.study_id],
      subject: [row.subject_id, label],
      upload: [row.upload_id ?? null],
      site: [row.site_id ?? null],
      serial: [row.monitor_serial ?? null],
    },
  };
}

function overdueOf(scene: Scene, within: (row: SubjectRow) => boolean): SubjectRow[] {
  return boardOf(scene, new Map())
    .filter(within)
    .filter((row) => row.state === 'late' || row.state === 'overdue')
    .sort((a, b) => (a.last_completed_at ?? '').localeCompare(b.last_completed_at ?? ''))
    .slice(0, 8);
}
