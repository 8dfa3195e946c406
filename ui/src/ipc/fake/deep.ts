// A long history that costs nothing: events before all others, made up from their sequence when they are looked at. They are in the list of
// events alone; uploads, subjects and problems know nothing of them.
import type { EventDetail } from '../bindings/EventDetail';
import type { EventRow } from '../bindings/EventRow';
import { headersOf, MESSAGES } from './delivery';
import { matcher, ofEvent } from './search';

const MINUTE = 60_000;
const STATES = ['started', 'completed', 'started', 'completed', 'started', 'error', 'started', 'completed'] as const;

export class Deep {
  /** Sequences that match, by query: looked through once. */
  readonly #found = new Map<string, Int32Array>();

  constructor(
    readonly size: number,
    private readonly end: Date,
  ) {}

  row(sequence: number): EventRow {
    const upload = 10_000 + Math.floor((sequence + 1) / 2);
    const status = STATES[sequence % STATES.length] ?? 'started';
    const person = upload % 400;
    const subject = String(44_000 + person);
    return {
      sequence,
      received_at: new Date(this.end.getTime() - (this.size - sequence) * MINUTE).toISOString().replace('Z', '123Z'),
      webhook: 'study-189',
      delivery_id: `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
      vendor_webhook_id: '27',
      event: 'upload',
      status,
      study_id: '189',
      site_id: null,
      subject_id: subject,
      subject_identifier: null,
      upload_id: String(upload),
      monitor_serial: null,
      message: status === 'error' ? (MESSAGES[upload % MESSAGES.length] ?? null) : null,
      first_epoch_utc: null,
      first_epoch_subject: null,
      last_epoch_utc: null,
      last_epoch_subject: null,
      authentication: 'hmac',
      source_ip: '13.82.60.74',
      attempts: 1,
      flags: [],
      body_sha256: sequence.toString(16).padStart(64, '0'),
      made_at: null,
      problem_state: null,
      problem_id: null,
      subject_label: String(person).padStart(6, '0'),
    };
  }

  /** Those that match within a range: how many, and the way to read them, newest first. */
  matching(query: string, after: number, until: number) {
    const found = query.trim() === '' ? null : this.#search(query);
    const sequence = (at: number) => (found ? (found[at] ?? 0) : at + 1);
    const all = found ? found.length : this.size;
    /** How many have a sequence up to this. */
    const upTo = (limit: number): number => {
      let [low, high] = [0, all];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sequence(middle) <= limit) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const first = upTo(after);
    const end = upTo(until);
    return {
      count: Math.max(0, end - first),
      rows: (before: number, offset: number, limit: number): EventRow[] => {
        const newest = Math.min(end, upTo(before - 1)) - 1 - offset;
        const rows: EventRow[] = [];
        for (let at = newest; at >= first && rows.length < limit; at -= 1) rows.push(this.row(sequence(at)));
        return rows;
      },
    };
  }

  detail(sequence: number): EventDetail | null {
    if (sequence < 1 || sequence > this.size) return null;
    const row = this.row(sequence);
    const body = JSON.stringify({
      uploadId: row.upload_id,
      studyId: row.study_id,
      subjectId: row.subject_id,
      status: row.status,
      ...(row.message === null ? {} : { message: row.message }),
    });
    const at = new Date(row.received_at);
    const said = { event: row.event, status: row.status, message: row.message, upload: row.upload_id };
    const arrival = {
      ...said,
      at,
      webhook: row.webhook,
      deliveryId: row.delivery_id,
      body,
      study: '189',
      person: null,
    };
    return {
      row,
      request_line: `POST /hooks/${row.webhook} HTTP/1.1`,
      headers: headersOf(arrival, 'Ri20SCicySZmIf2D4kCY5KWEJrsqI7W8sWXMADj1RaQ='),
      body_text: body,
      body_base64: btoa(body),
      body_bytes: body.length,
      attempts: [{ sequence, received_at: row.received_at, source_ip: row.source_ip }],
      chain: row.body_sha256.split('').reverse().join(''),
      first_refused_at: null,
      history_check: null,
      by_former_secret: false,
      fault: null,
      acknowledged_by: null,
      acknowledged_at: null,
      note: null,
    };
  }

  #search(query: string): Int32Array {
    const known = this.#found.get(query);
    if (known) return known;
    const matches = matcher(query);
    const found: number[] = [];
    for (let sequence = 1; sequence <= this.size; sequence += 1)
      if (matches(ofEvent(this.row(sequence)))) found.push(sequence);
    const kept = Int32Array.from(found);
    this.#found.set(query, kept);
    return kept;
  }
}
