// The fake's subjects: the board and one subject's page, computed from the ledger; what people declare is kept beside it.
import type { ImportReport } from '../bindings/ImportReport';
import type { StoryLine } from '../bindings/StoryLine';
import type { SubjectAct } from '../bindings/SubjectAct';
import type { SubjectDetail } from '../bindings/SubjectDetail';
import type { SubjectRow } from '../bindings/SubjectRow';
import type { LifeStep } from '../bindings/LifeStep';
import type { UploadRow } from '../bindings/UploadRow';
import type { WearDay } from '../bindings/WearDay';
import { problemsOf, type Scene, subjectState, uploadsOf } from './lists';

const DAY = 86_400_000;

/** What events teach about a subject: the ledger's own row. */
export interface KnownSubject {
  key: number;
  webhook: string;
  study_id: string | null;
  subject_id: string;
  label: string | null;
  site_id: string | null;
  monitor_serial: string | null;
  last_completed_at: string | null;
}

export interface Declared {
  status: 'active' | 'finished' | 'on_leave';
  until: string | null;
  notes: StoryLine[];
}

export function wearUntil(now: Date): string {
  return new Date(now.getTime() - DAY).toISOString().slice(0, 10);
}

/** Minutes worn on a day, the same each time it is asked; null for a day without data. */
function worn(key: number, day: Date): number | null {
  const dice = Math.abs(Math.sin(key * 12.9898 + Math.floor(day.getTime() / DAY) * 78.233) * 43_758.5453) % 1;
  if (dice < 0.14) return null;
  if (dice < 0.17) return 0;
  return dice < 0.35 ? Math.round(120 + dice * 900) : Math.round(560 + dice * 700);
}

export function boardOf(scene: Scene, declared: ReadonlyMap<number, Declared>): SubjectRow[] {
  const uploads = uploadsOf(scene);
  const open = problemsOf(scene).filter((row) => row.state === 'open');
  const rows = [...scene.ledger.subjects.values()].map((known): SubjectRow => {
    const status = declared.get(known.key);
    const age = known.last_completed_at ? scene.now.getTime() - new Date(known.last_completed_at).getTime() : null;
    const away = status && status.status !== 'active';
    return {
      ...known,
      state: away ? status.status : subjectState(known.last_completed_at, scene.now),
      days_since: age === null ? null : Math.floor(age / DAY),
      on_leave_until: status?.status === 'on_leave' ? status.until : null,
      expected: known.key % 3 !== 0,
      conflicts: known.key % 41 === 7 ? ['label'] : known.key % 53 === 9 ? ['monitor'] : [],
      uploads: uploads.filter((row) => row.subject_id === known.subject_id).length,
      open_problems: open.filter((row) => row.subject_id === known.subject_id).length,
      wear: Array.from({ length: 14 }, (_, at) => worn(known.key, new Date(scene.now.getTime() - (14 - at) * DAY))),
    };
  });
  const silent = scene.ledger.subjects.size > 30 ? ['000301', '000302'] : [];
  const expected = silent.map((label, at): SubjectRow => ({
    key: -1 - at,
    webhook: 'study-189',
    study_id: '189',
    subject_id: at === 0 ? '44901' : null,
    label,
    site_id: '12',
    monitor_serial: null,
    last_completed_at: null,
    state: 'no_upload',
    days_since: null,
    on_leave_until: null,
    expected: true,
    conflicts: [],
    uploads: 0,
    open_problems: 0,
    wear: Array.from({ length: 14 }, () => null),
  }));
  return [...rows, ...expected];
}

export function detailOf(
  scene: Scene,
  declared: ReadonlyMap<number, Declared>,
  key: number,
): SubjectDetail | undefined {
  const row = boardOf(scene, declared).find((known) => known.key === key);
  if (!row) return undefined;
  const mine = (other: { subject_id: string | null }) =>
    other.subject_id !== null && other.subject_id === row.subject_id;
  const wear: WearDay[] = [];
  for (let back = 60; back >= 1 && key > 0; back -= 1) {
    const day = new Date(scene.now.getTime() - back * DAY);
    const minutes = worn(key, day);
    if (minutes !== null) wear.push({ date: day.toISOString().slice(0, 10), minutes, sequence: 1 });
  }
  const told = (what: string, value: string | null, conflict: string | null) =>
    value === null ? [] : [{ what, value, at: scene.now.toISOString(), sequence: 1, conflict }];
  return {
    row,
    known: [
      ...told('label', row.label, null),
      ...(row.conflicts.includes('label')
        ? told('label', '000999', `another label stands in its place: ${row.label}`)
        : []),
      ...told('site', row.site_id, null),
      ...told(
        'monitor',
        row.monitor_serial,
        row.conflicts.includes('monitor') ? 'subject 44720 seems to wear the same monitor' : null,
      ),
    ],
    uploads: uploadsOf(scene).filter(mine).slice(0, 100),
    problems: problemsOf(scene).filter(mine).slice(0, 100),
    notes: declared.get(key)?.notes ?? [],
    wear,
    wear_threshold: 600,
  };
}

export function declareOn(scene: Scene, declared: Map<number, Declared>, act: SubjectAct, by: string): number[] {
  const what = { finish: 'finished', leave: 'on_leave', resume: 'resumed', note: 'noted' }[act.act];
  for (const key of act.keys) {
    const was = declared.get(key) ?? { status: 'active', until: null, notes: [] };
    const line = {
      sequence: scene.ledger.sequence,
      at: scene.now.toISOString(),
      what,
      by,
      text: act.note,
      until: act.until,
    };
    const status = ({ finish: 'finished', leave: 'on_leave', resume: 'active', note: was.status } as const)[act.act];
    declared.set(key, { status, until: act.act === 'leave' ? act.until : was.until, notes: [...was.notes, line] });
  }
  return [...act.keys];
}

export function importOf(dryRun: boolean): ImportReport {
  return {
    rows: 3,
    new: 1,
    changed: dryRun ? 1 : 0,
    sample: [
      { line: 2, subject_id: '44732', label: '000103', site_id: '12', outcome: 'same' },
      { line: 3, subject_id: '44733', label: '000104', site_id: '12', outcome: 'changed' },
      { line: 4, subject_id: '44950', label: '000350', site_id: '14', outcome: 'new' },
    ],
    problems: [],
    columns: ['Subject ID → subject id', 'Label → label', 'Site → site'],
  };
}

/** An upload's life as its fields tell it. */
export function lived(
  row: Omit<UploadRow, 'life' | 'attempts' | 'duration_seconds' | 'recovered' | 'regressed'>,
  before: readonly LifeStep[],
  state: string,
): UploadRow {
  const life = [...before, { sequence: row.last_sequence, at: row.last_at, state }];
  const was = (known: string) => life.some((step) => step.state === known);
  const seconds =
    row.started_at && row.finished_at
      ? Math.round((new Date(row.finished_at).getTime() - new Date(row.started_at).getTime()) / 1000)
      : null;
  return {
    ...row,
    life: life.slice(-12),
    attempts: row.events,
    duration_seconds: seconds !== null && seconds >= 0 ? seconds : null,
    recovered: row.state === 'completed' && was('error'),
    regressed: row.state === 'error' && was('completed'),
  };
}
