// The set-up, checked: asked for here, made by the program, looked at while it goes on.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Check } from '../ipc/bindings/Check';
import type { Checkup } from '../ipc/bindings/Checkup';
import { failure } from './failure';

export class DoctorState {
  checkup = $state.raw<Checkup | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** The server whose clock this computer's is compared with. */
  clock = $state('');

  #timer: ReturnType<typeof setTimeout> | undefined;
  #starting = false;

  constructor(
    private readonly backend: Pick<Backend, 'doctor' | 'doctorStart' | 'clockServer' | 'clockServerSet'>,
    /** Milliseconds between two looks while checks are under way. */
    private readonly gap = 300,
  ) {}

  get running(): boolean {
    return this.checkup?.running ?? false;
  }

  get checks(): readonly Check[] {
    return this.checkup?.checks ?? [];
  }

  /** Checks that have ended. */
  get done(): number {
    return this.checks.filter((check) => check.level !== 'running').length;
  }

  count(level: Check['level']): number {
    return this.checks.filter((check) => check.level === level).length;
  }

  /** Looks how far the program is, and goes on looking while it is at it. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.#take(await this.backend.doctor());
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Begins to check; while that is under way, nothing. */
  async run(): Promise<void> {
    if (this.#starting || this.running) return;
    this.#starting = true;
    clearTimeout(this.#timer);
    try {
      this.#take(await this.backend.doctorStart());
    } catch (thrown) {
      this.error = failure(thrown);
    } finally {
      this.#starting = false;
    }
  }

  async loadClock(): Promise<void> {
    try {
      this.clock = await this.backend.clockServer();
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Keeps another server; what went wrong, where something did. */
  async setClock(url: string): Promise<ApiError | null> {
    try {
      await this.backend.clockServerSet(url);
      await this.loadClock();
      return null;
    } catch (thrown) {
      return failure(thrown);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #take(checkup: Checkup): void {
    this.checkup = checkup;
    this.error = null;
    if (checkup.running) this.#timer = setTimeout(() => void this.look(), this.gap);
  }
}
