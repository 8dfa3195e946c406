// The fake's memory: arrivals folded into events, uploads, subjects and problems, well enough for a window to be built on.
import type { EventDetail } from '../bindings/EventDetail';
import type { EventRow } from '../bindings/EventRow';
import type { ProblemRow } from '../bindings/ProblemRow';
import type { StoryLine } from '../bindings/StoryLine';
import type { UploadRow } from '../bindings/UploadRow';
import { headersOf, type Arrival } from './delivery';
import { groupOf } from './problems';
import type { Random } from './random';
import { type KnownSubject, lived } from './subjects';

interface Kept {
  row: EventRow;
  arrival: Arrival;
  attempts: { sequence: number; received_at: string; source_ip: string }[];
}

export class Ledger {
  sequence = 0;
  events: Kept[] = [];
  uploads = new Map<string, UploadRow>();
  subjects = new Map<string, KnownSubject>();
  problems = new Map<number, ProblemRow>();
  stories = new Map<number, StoryLine[]>();
  /** What stood before a person's latest acknowledgement, resolution or snooze. */
  undo = new Map<number, { row: ProblemRow; what: string }>();
  /** What people did about stuck uploads, by the problem's id. */
  stuck = new Map<number, ProblemRow>();
  #problemOf = new Map<string, number>();

  /** `before`: sequences that others have. */
  constructor(
    private readonly random: Random,
    before = 0,
  ) {
    this.sequence = before;
  }

  /** Takes one arrival; returns whether a problem opened or reopened. */
  take(arrival: Arrival): boolean {
    const again = this.events.find(
      (kept) =>
        arrival.deliveryId !== null &&
        kept.row.delivery_id === arrival.deliveryId &&
        kept.arrival.body === arrival.body,
    );
    this.sequence += 1;
    const received_at = arrival.at.toISOString().replace('Z', '123Z');
    const attempt = { sequence: this.sequence, received_at, source_ip: '13.82.60.74' };
    if (again) {
      again.attempts.push(attempt);
      again.row = { ...again.row, attempts: again.attempts.length };
      return false;
    }
    const row = this.#row(arrival, attempt);
    const kept: Kept = { row, arrival, attempts: [attempt] };
    this.events.push(kept);
    this.#learn(row);
    const key = this.#problemKey(row);
    this.#foldUpload(row);
    return this.#foldProblem(kept, key);
  }

  detail(sequence: number): EventDetail | null {
    const kept = this.events.find(
      (known) => known.row.sequence === sequence || known.attempts.some((attempt) => attempt.sequence === sequence),
    );
    if (!kept) return null;
    const bytes = new TextEncoder().encode(kept.arrival.body);
    const problem = kept.row.problem_id === null ? null : (this.problems.get(kept.row.problem_id) ?? null);
    return {
      row: kept.row,
      request_line: `POST /hooks/${kept.row.webhook} HTTP/1.1`,
      headers: headersOf(kept.arrival, 'Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ='),
      body_text: kept.arrival.body,
      body_base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
      body_bytes: bytes.length,
      attempts: kept.attempts,
      chain: kept.row.body_sha256.split('').reverse().join(''),
      first_refused_at: null,
      history_check: null,
      by_former_secret: false,
      fault: null,
      acknowledged_by: problem?.acknowledged_by ?? null,
      acknowledged_at: problem?.acknowledged_at ?? null,
      note: problem?.note ?? null,
    };
  }

  /** A problem as it is now; one that is computed when asked (a stuck upload) is kept beside. */
  keep(problem: ProblemRow): void {
    if (this.problems.has(problem.id)) this.#setProblem(problem);
    else this.stuck.set(problem.id, problem);
  }

  #row(arrival: Arrival, attempt: { sequence: number; received_at: string; source_ip: string }): EventRow {
    const body = JSON.parse(isObject(arrival.body) ? arrival.body : '{}') as Record<string, unknown>;
    const text = (key: string) => (typeof body[key] === 'string' ? body[key] : null);
    return {
      sequence: attempt.sequence,
      received_at: attempt.received_at,
      webhook: arrival.webhook,
      delivery_id: arrival.deliveryId,
      vendor_webhook_id: '27',
      event: arrival.event,
      status: arrival.status,
      study_id: arrival.study,
      site_id: arrival.event === 'daily_statistics_complete' ? (arrival.person?.site ?? null) : null,
      subject_id: arrival.person?.id ?? null,
      subject_identifier: arrival.person?.label ?? null,
      upload_id: arrival.upload,
      monitor_serial: arrival.event === 'upload' ? null : (arrival.person?.serial ?? null),
      message: arrival.message,
      first_epoch_utc: text('firstEpochUTC'),
      first_epoch_subject: text('firstEpochSubjectTZ'),
      last_epoch_utc: text('lastEpochUTC'),
      last_epoch_subject: text('lastEpochSubjectTZ'),
      authentication: 'hmac',
      source_ip: attempt.source_ip,
      attempts: 1,
      flags: isObject(arrival.body) ? [] : ['unreadable'],
      body_sha256: this.random.hex(64),
      made_at: null,
      problem_state: null,
      problem_id: null,
      subject_label: arrival.person?.label ?? null,
    };
  }

  #learn(row: EventRow): void {
    if (row.subject_id === null) return;
    const key = `${row.webhook}|${row.subject_id}`;
    const known = this.subjects.get(key);
    const completed = row.event === 'upload' && row.status === 'completed';
    this.subjects.set(key, {
      key: known?.key ?? this.subjects.size + 1,
      webhook: row.webhook,
      study_id: row.study_id,
      subject_id: row.subject_id,
      label: row.subject_identifier ?? known?.label ?? null,
      site_id: row.site_id ?? known?.site_id ?? null,
      monitor_serial: row.monitor_serial ?? known?.monitor_serial ?? null,
      last_completed_at: completed ? row.received_at : (known?.last_completed_at ?? null),
    });
  }

  #foldUpload(row: EventRow): void {
    if (row.event !== 'upload' || row.upload_id === null || row.status === null) return;
    const key = `${row.webhook}|${row.study_id}|${row.upload_id}`;
    const known = this.uploads.get(key);
    const ends = row.status !== 'started';
    this.uploads.set(
      key,
      lived(
        {
          key: row.sequence,
          webhook: row.webhook,
          study_id: row.study_id,
          subject_id: row.subject_id,
          subject_label: row.subject_identifier,
          upload_id: row.upload_id,
          state: ends ? row.status : (known?.state ?? 'started'),
          started_at: known?.started_at ?? (ends ? null : row.received_at),
          finished_at: ends ? row.received_at : (known?.finished_at ?? null),
          last_at: row.received_at,
          message: ends ? row.message : (known?.message ?? null),
          events: (known?.events ?? 0) + 1,
          problem: known?.problem ?? null,
          problem_id: known?.problem_id ?? null,
          stuck: false,
          last_sequence: row.sequence,
        },
        known?.life ?? [],
        row.status,
      ),
    );
  }

  #problemKey(row: EventRow): string | null {
    if (row.flags.includes('unreadable')) return `unreadable|${row.sequence}`;
    if (row.event === 'upload' && row.upload_id !== null) return `upload|${row.webhook}|${row.upload_id}`;
    return row.status === 'error' ? `processing|${row.sequence}` : null;
  }

  #foldProblem(kept: Kept, key: string | null): boolean {
    const { row } = kept;
    if (key === null) return false;
    const failed = row.status === 'error' || row.flags.includes('unreadable');
    const id = this.#problemOf.get(key);
    const known = id === undefined ? null : (this.problems.get(id) ?? null);
    if (!failed) {
      if (known && row.status === 'completed' && known.state !== 'resolved') {
        this.#tell(known.id, row, 'succeeded');
        this.#setProblem({ ...known, state: 'resolved', last_at: row.received_at });
      }
      return false;
    }
    const problem: ProblemRow = {
      id: known?.id ?? this.problems.size + 1,
      kind: key.startsWith('upload')
        ? 'upload_error'
        : key.startsWith('processing')
          ? 'processing_error'
          : 'unreadable',
      state: known?.state === 'acknowledged' ? 'acknowledged' : 'open',
      webhook: row.webhook,
      study_id: row.study_id,
      subject_id: row.subject_id,
      subject_label: row.subject_identifier,
      upload_id: row.upload_id,
      message: row.message,
      opened_at: known && known.state !== 'resolved' ? known.opened_at : row.received_at,
      last_at: row.received_at,
      events: (known?.events ?? 0) + 1,
      acknowledged_by: known?.acknowledged_by ?? null,
      acknowledged_at: known?.acknowledged_at ?? null,
      note: known?.note ?? null,
      snoozed_until: null,
      follow_up: known?.follow_up ?? null,
      group: '',
    };
    problem.group = groupOf(problem.kind, problem.message);
    this.undo.delete(problem.id);
    this.#problemOf.set(key, problem.id);
    kept.row = { ...row, problem_id: problem.id };
    this.#setProblem(problem);
    this.#tell(problem.id, row, 'failed');
    return known?.state !== 'open' && known?.state !== 'acknowledged';
  }

  #tell(id: number, row: EventRow, what: string): void {
    const story = this.stories.get(id) ?? [];
    story.push({ sequence: row.sequence, at: row.received_at, what, by: null, text: row.message, until: null });
    this.stories.set(id, story);
  }

  #setProblem(problem: ProblemRow): void {
    this.problems.set(problem.id, problem);
    for (const kept of this.events)
      if (kept.row.problem_id === problem.id) kept.row = { ...kept.row, problem_state: problem.state };
    for (const [key, upload] of this.uploads)
      if (upload.webhook === problem.webhook && upload.upload_id === problem.upload_id)
        this.uploads.set(key, { ...upload, problem: problem.state, problem_id: problem.id });
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
