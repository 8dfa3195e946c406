// The practice window: how its simulated study goes. In a window of a real study there is none.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { PracticeState as Pace } from '../ipc/bindings/PracticeState';
import { failure } from './failure';

/** Deliveries a second, as they are offered. */
export const SPEEDS = { slow: 0.1, normal: 0.5, fast: 3, rush: 15 } as const;
export type Speed = keyof typeof SPEEDS;

export const SCENARIOS = ['day', 'errors', 'silence', 'burst'] as const;

export class PracticeState {
  /** Null in a window of a real study, and until it is known. */
  pace = $state.raw<Pace | null>(null);

  constructor(private readonly backend: Backend) {}

  get isOn(): boolean {
    return this.pace !== null;
  }

  /** The speed that is nearest to the rate it goes at. */
  get speed(): Speed {
    const rate = this.pace?.rate ?? SPEEDS.normal;
    const away = (speed: Speed) => Math.abs(Math.log(SPEEDS[speed] / rate));
    const all = Object.keys(SPEEDS) as Speed[];
    return all.reduce((best, speed) => (away(speed) < away(best) ? speed : best), 'normal');
  }

  async load(): Promise<void> {
    this.pace = await this.backend.practiceState().catch(() => null);
  }

  /** Steers; returns what went wrong, or null. */
  async steer(change: Partial<Pace>): Promise<ApiError | null> {
    if (!this.pace) return null;
    try {
      this.pace = await this.backend.practiceSteer({ ...this.pace, ...change });
      return null;
    } catch (thrown) {
      return failure(thrown);
    }
  }
}
