// One thing read in the pane: asked for when it is opened, asked for again when something changed. The old one stays until the new one is there.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { EventDetail } from '../ipc/bindings/EventDetail';
import type { ProblemDetail } from '../ipc/bindings/ProblemDetail';
import type { SubjectDetail } from '../ipc/bindings/SubjectDetail';
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
