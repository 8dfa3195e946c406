// The made-up program itself: its study, what happens in it, and how it answers. What is asked of it is in `reading`, `receiving` and `fake`.
import type { ApiError } from '../bindings/ApiError';
import type { LiveMessage } from '../bindings/LiveMessage';
import type { ProblemAct } from '../bindings/ProblemAct';
import type { ReceiverStatus } from '../bindings/ReceiverStatus';
import type { Settings } from '../bindings/Settings';
import type { TimeAway } from '../bindings/TimeAway';
import type { WebhookRow } from '../bindings/WebhookRow';
import type { Arrival, Person } from './delivery';
import { Deep } from './deep';
import { Ledger } from './ledger';
import { actOn } from './problems';
import { someRules } from './notifications';
import { Random } from './random';
import { type Scene } from './lists';
import { history, life, people } from './study';
import { someWebhooks } from './webhooks';

const HOUR = 3_600_000;

export interface FakeOptions {
  seed?: number;
  now?: () => Date;
  /** Subjects in the study; 0 is an installation nobody has used. */
  subjects?: number;
  /** Events before all others, made up when they are looked at: a million cost nothing. */
  older?: number;
  /** Milliseconds every answer takes; 0 answers in a microtask. */
  latency?: number;
}

/** What a command answers that went wrong. */
export function fail(code: ApiError['code'], message: string, field: string | null = null): ApiError {
  return { code, message, span: null, field };
}

/** What all of it has in common: the study, how the program stands, and how a question is answered. */
export class Program {
  readonly ledger: Ledger;
  readonly deep: Deep;
  readonly random: Random;
  readonly persons: Person[];
  receiver: ReceiverStatus;
  webhookRows: WebhookRow[];
  /** Somebody has used this installation. */
  readonly isUsed: boolean;
  /** Times away, newest first. */
  awayRows: TimeAway[] = [];
  settingsValue: Settings = {
    public_address: 'https://hooks.example.org',
    trusted_proxies: [],
    tls_certificate: '',
    tls_key: '',
    listen_address: '',
    metrics_address: '',
    operator: 'M. Rossi',
    popups: true,
    popup_subjects: false,
    notifications: someRules(),
    stuck_after_hours: 2,
    theme: 'system',
  };
  /** Every call, by name: tests count them. */
  calls: string[] = [];
  #listen: ((message: LiveMessage) => void) | null = null;
  protected readonly now: () => Date;
  private readonly latency: number;

  constructor(options: FakeOptions = {}) {
    this.now = options.now ?? (() => new Date());
    this.latency = options.latency ?? 0;
    this.random = new Random(options.seed ?? 189);
    const now = this.now();
    this.deep = new Deep(options.older ?? 0, new Date(now.getTime() - 15 * 24 * HOUR));
    this.ledger = new Ledger(this.random, this.deep.size);
    const subjects = options.subjects ?? 118;
    this.isUsed = subjects > 0;
    this.persons = people(this.random, subjects);
    if (subjects > 0) for (const arrival of history(this.random, now, this.persons)) this.ledger.take(arrival);
    this.webhookRows = subjects > 0 ? someWebhooks(now) : [];
    this.receiver = {
      state: 'receiving',
      since: new Date(now.getTime() - 50 * HOUR).toISOString(),
      reason: null,
      address: 'http://127.0.0.1:8737',
      address_from: 'default',
      last_arrival_at: this.ledger.events.at(-1)?.row.received_at ?? null,
      behind: 0,
      rebuilding: null,
      tls: null,
      warnings: [],
      notices: [],
      elsewhere: null,
    };
    if (subjects > 0) this.#someoneWorked(now);
  }

  /** A delivery arrives. */
  push(arrival: Arrival): void {
    const opened = this.ledger.take(arrival);
    this.receiver = { ...this.receiver, last_arrival_at: arrival.at.toISOString() };
    this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: opened ? 1 : 0 });
  }

  say(message: LiveMessage): void {
    this.#listen?.(message);
  }

  /** A study that goes on: something arrives every few seconds. Returns the way to stop. */
  play(every = 4000): () => void {
    let id = 99_000;
    let waiting: Arrival[] = [];
    const timer = setInterval(() => {
      if (waiting.length === 0) waiting = life(this.random, 0, this.random.pick(this.persons), String((id += 1)));
      const next = waiting.shift();
      if (next) this.push({ ...next, at: this.now() });
    }, every);
    return () => clearInterval(timer);
  }

  subscribe(listen: (message: LiveMessage) => void): Promise<void> {
    this.#listen = listen;
    return this.answer('subscribe', () => undefined);
  }

  protected async answer<T>(name: string, work: () => T): Promise<T> {
    this.calls.push(name);
    if (this.latency > 0) await new Promise((resolve) => setTimeout(resolve, this.latency));
    else await Promise.resolve();
    return work();
  }

  protected scene(): Scene {
    return {
      ledger: this.ledger,
      now: this.now(),
      stuckAfterHours: this.settingsValue.stuck_after_hours,
      receiver: this.receiver,
      webhooks: this.webhookRows.length,
    };
  }

  /** Old problems were seen to, as in a study that someone runs. */
  #someoneWorked(now: Date): void {
    for (const { id, state, last_at } of [...this.ledger.problems.values()]) {
      const age = now.getTime() - new Date(last_at).getTime();
      if (state !== 'open' || age < 20 * HOUR) continue;
      const scene = { ...this.scene(), now: new Date(new Date(last_at).getTime() + HOUR) };
      const act = (kind: ProblemAct['act'], note: string | null) =>
        actOn(scene, { ids: [id], act: kind, by: '', note, until: null }, 'M. Rossi');
      act('acknowledge', 'Called, left a message');
      if (age > 60 * HOUR) act('resolve', null);
    }
  }
}
