// What the window may ask of the program. `tauri.ts` is the real one, `fake.ts` one for tests; nothing else knows which it talks to.
import type { About } from './bindings/About';
import type { EventDetail } from './bindings/EventDetail';
import type { EventPage } from './bindings/EventPage';
import type { EventQuery } from './bindings/EventQuery';
import type { ExportRequest } from './bindings/ExportRequest';
import type { ListQuery } from './bindings/ListQuery';
import type { LiveMessage } from './bindings/LiveMessage';
import type { ProblemAct } from './bindings/ProblemAct';
import type { ProblemDetail } from './bindings/ProblemDetail';
import type { ProblemPage } from './bindings/ProblemPage';
import type { Rejection } from './bindings/Rejection';
import type { Settings } from './bindings/Settings';
import type { SubjectPage } from './bindings/SubjectPage';
import type { Today } from './bindings/Today';
import type { TodayQuery } from './bindings/TodayQuery';
import type { UploadPage } from './bindings/UploadPage';
import type { WebhookAdded } from './bindings/WebhookAdded';
import type { WebhookForm } from './bindings/WebhookForm';
import type { WebhookRow } from './bindings/WebhookRow';

/** Every call rejects with an `ApiError`. Command names over IPC are these names in snake_case; arguments are objects with the parameter names below. */
export interface Backend {
  /** Subscribe first, then take snapshots: from the moment this resolves, every change is announced. One subscription a page; a new one replaces the old. */
  subscribe(listen: (message: LiveMessage) => void): Promise<void>;
  today(query: TodayQuery): Promise<Today>;
  events(query: EventQuery): Promise<EventPage>;
  /** The event of this sequence (an attempt's sequence finds its event). */
  event(sequence: number): Promise<EventDetail>;
  uploads(query: ListQuery): Promise<UploadPage>;
  subjects(query: ListQuery): Promise<SubjectPage>;
  problems(query: ListQuery): Promise<ProblemPage>;
  problem(id: number): Promise<ProblemDetail>;
  problemAct(act: ProblemAct): Promise<void>;
  rejections(limit: number): Promise<Rejection[]>;
  webhooks(): Promise<WebhookRow[]>;
  webhookAdd(form: WebhookForm): Promise<WebhookAdded>;
  webhookEdit(form: WebhookForm): Promise<WebhookAdded>;
  webhookSetEnabled(slug: string, enabled: boolean): Promise<void>;
  webhookRemove(slug: string): Promise<void>;
  /** A fresh random secret to use on both sides; kept nowhere until a form with it is sent. */
  secretGenerate(): Promise<string>;
  settings(): Promise<Settings>;
  settingsSet(settings: Settings): Promise<void>;
  about(): Promise<About>;
  /** The file an export of this query would get unless told otherwise: the full path. */
  exportDefaultPath(query: string, profile: string): Promise<string>;
  /** Asks for a place with the system's dialog, starting at `path`; null when the person cancelled. */
  exportChoosePath(path: string): Promise<string | null>;
  /** Starts an export and returns its id; how it goes comes as `export` messages. */
  exportStart(request: ExportRequest): Promise<number>;
  exportCancel(id: number): Promise<void>;
  /** Shows a finished export in the system's file browser. */
  exportReveal(path: string): Promise<void>;
}
