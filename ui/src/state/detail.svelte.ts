// One thing read in the pane: asked for when it is opened, asked for again when something changed. The old one stays until the new one is there.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { EventDetail } from '../ipc/bindings/EventDetail';
import type { EventRow } from '../ipc/bindings/EventRow';
import type { ProblemDetail } from '../ipc/bindings/ProblemDetail';
import type { SubjectDetail } from '../ipc/bindings/SubjectDetail';
import type { UploadRow } from '../ipc/bindings/UploadRow';
import { term } from '../text/query';
import { Coalesced } from './coalesced';
import { failure } from './failure';

class Detail<T> {
  detail = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);

  #id: number | null = null;
  #refresh: Coalesced;

  constructor(
    private readonly ask: (id: number) => Promise<T>,
    gap = 500,
  ) {
    this.#refresh = new Coalesced(() => this.#fetch(), gap);
  }

  async open(id: number): Promise<void> {
    this.#id = id;
    this.error = null;
    await this.#fetch();
  }

  refresh(): void {
    this.#refresh.ask();
  }

  stop(): void {
    this.#refresh.stop();
  }

  async #fetch(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    try {
      const detail = await this.ask(id);
      if (id !== this.#id) return;
      this.detail = detail;
      this.error = null;
    } catch (thrown) {
      if (id === this.#id) this.error = failure(thrown);
    }
  }
}

export class EventDetailState extends Detail<EventDetail> {
  constructor(backend: Backend) {
    super((sequence) => backend.event(sequence));
  }
}

export class SubjectDetailState extends Detail<SubjectDetail> {
  constructor(backend: Backend) {
    super((key) => backend.subject(key), 500);
  }
}

export class ProblemDetailState extends Detail<ProblemDetail> {
  constructor(backend: Backend) {
    super((id) => backend.problem(id), 150);
  }
}

/** Events of an upload that are read at once; one with more is read in the list of events. */
const MOST_EVENTS = 200;

/** One upload's page. It is opened by the sequence of any of its events: the list's own key moves on with every event. */
export interface UploadDetail {
  /** The sequence it was opened by. */
  at: number;
  row: UploadRow;
  /** Oldest first. */
  events: readonly EventRow[];
  /** There are older events than these. */
  more: boolean;
  /** What finds its events, and nothing else. */
  query: string;
}

export async function uploadOf(
  backend: Pick<Backend, 'event' | 'events' | 'uploads'>,
  at: number,
): Promise<UploadDetail> {
  const { row: event } = await backend.event(at);
  const { upload_id, webhook, study_id } = event;
  const gone: ApiError = { code: 'not_found', message: '', span: null, field: null };
  if (upload_id === null) throw gone;
  const query = [
    term('upload', upload_id),
    term('webhook', webhook),
    ...(study_id === null ? [] : [term('study', study_id)]),
  ].join(' ');
  const page = { before: null, after: null, until: null, offset: null, limit: MOST_EVENTS, count: false };
  const [uploads, events] = await Promise.all([
    backend.uploads({ query, before: null, limit: 10 }),
    backend.events({ query, ...page }),
  ]);
  const row = uploads.rows.find((known) => known.upload_id === upload_id && known.study_id === study_id);
  if (!row) throw gone;
  return { at, row, events: events.rows.toReversed(), more: events.rows.length === MOST_EVENTS, query };
}

export class UploadDetailState extends Detail<UploadDetail> {
  constructor(backend: Pick<Backend, 'event' | 'events' | 'uploads'>) {
    super((at) => uploadOf(backend, at));
  }
}
