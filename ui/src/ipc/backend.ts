// What the window may ask of the program. `tauri.ts` is the real one, `fake.ts` one for tests; nothing else knows which it talks to.
import type { About } from './bindings/About';
import type { AwayCheck } from './bindings/AwayCheck';
import type { Backups } from './bindings/Backups';
import type { Changes } from './bindings/Changes';
import type { ChangesQuery } from './bindings/ChangesQuery';
import type { Counted } from './bindings/Counted';
import type { Counting } from './bindings/Counting';
import type { EventDetail } from './bindings/EventDetail';
import type { EventPage } from './bindings/EventPage';
import type { EventQuery } from './bindings/EventQuery';
import type { ExportRequest } from './bindings/ExportRequest';
import type { GroupPage } from './bindings/GroupPage';
import type { GroupQuery } from './bindings/GroupQuery';
import type { ImportReport } from './bindings/ImportReport';
import type { KnownValue } from './bindings/KnownValue';
import type { ListQuery } from './bindings/ListQuery';
import type { LiveMessage } from './bindings/LiveMessage';
import type { PracticeState } from './bindings/PracticeState';
import type { ProblemAct } from './bindings/ProblemAct';
import type { ProblemActed } from './bindings/ProblemActed';
import type { ProblemDetail } from './bindings/ProblemDetail';
import type { ProblemPage } from './bindings/ProblemPage';
import type { Recovery } from './bindings/Recovery';
import type { Rejection } from './bindings/Rejection';
import type { SavedSearch } from './bindings/SavedSearch';
import type { SearchTerms } from './bindings/SearchTerms';
import type { Settings } from './bindings/Settings';
import type { SubjectAct } from './bindings/SubjectAct';
import type { SubjectDetail } from './bindings/SubjectDetail';
import type { SubjectImport } from './bindings/SubjectImport';
import type { SubjectPage } from './bindings/SubjectPage';
import type { TimeAwayPage } from './bindings/TimeAwayPage';
import type { Today } from './bindings/Today';
import type { TodayQuery } from './bindings/TodayQuery';
import type { UploadPage } from './bindings/UploadPage';
import type { ValuesQuery } from './bindings/ValuesQuery';
import type { WebhookAdded } from './bindings/WebhookAdded';
import type { WebhookForm } from './bindings/WebhookForm';
import type { WebhookRow } from './bindings/WebhookRow';

/** Every call rejects with an `ApiError`. Command names over IPC are these names in snake_case; arguments are objects with the parameter names below. */
export interface Backend {
  /** Subscribe first, then take snapshots: from the moment this resolves, every change is announced. One subscription a page; a new one replaces the old. */
  subscribe(listen: (message: LiveMessage) => void): Promise<void>;
  today(query: TodayQuery): Promise<Today>;
  /** What happened since a moment. */
  changes(query: ChangesQuery): Promise<Changes>;
  /** When the window was last looked at, as `look` noted it before this program started or the person came back; null: never. */
  looked(): Promise<string | null>;
  /** Notes that the window is being looked at now. */
  look(): Promise<void>;
  events(query: EventQuery): Promise<EventPage>;
  /** The event of this sequence (an attempt's sequence finds its event). */
  event(sequence: number): Promise<EventDetail>;
  uploads(query: ListQuery): Promise<UploadPage>;
  /** How many rows match, up to 10,000. */
  countRows(list: Counting, query: string): Promise<Counted>;
  subjects(query: ListQuery): Promise<SubjectPage>;
  /** The page of the subject with this key. */
  subject(key: number): Promise<SubjectDetail>;
  /** Returns the keys of the subjects that changed. */
  subjectAct(act: SubjectAct): Promise<number[]>;
  /** Asks for a CSV file with the system's dialog; null when the person cancelled. */
  subjectsChooseFile(): Promise<string | null>;
  /** Asks for a certificate or a key with the system's dialog; null when the person cancelled. */
  pemChooseFile(): Promise<string | null>;
  subjectsImport(request: SubjectImport): Promise<ImportReport>;
  /** The inbox: problems by normalised message. */
  problemGroups(query: GroupQuery): Promise<GroupPage>;
  problems(query: ListQuery): Promise<ProblemPage>;
  problem(id: number): Promise<ProblemDetail>;
  problemAct(act: ProblemAct): Promise<ProblemActed>;
  /** A query taken apart, by the parser that also answers it. */
  searchTerms(text: string): Promise<SearchTerms>;
  /** Values that exist, at most 20. */
  searchValues(query: ValuesQuery): Promise<KnownValue[]>;
  savedSearches(): Promise<SavedSearch[]>;
  /** Replaces them all, at most 100. */
  savedSearchesSet(searches: SavedSearch[]): Promise<void>;
  /** What the window remembers about itself (columns, panes, zoom, the study shown): JSON values by name, at most 64 KiB in all. */
  preferences(): Promise<Record<string, unknown>>;
  /** Sets one; `null` forgets it. */
  preferenceSet(name: string, value: unknown): Promise<void>;
  /** Zooms the whole page: 0.5 to 3. */
  zoom(factor: number): Promise<void>;
  rejections(limit: number): Promise<Rejection[]>;
  rejectionsRecover(slug: string, dryRun: boolean): Promise<Recovery>;
  /** When nothing could be received, and when the clock was set, newest first. */
  timeAway(limit: number): Promise<TimeAwayPage>;
  /** A person has seen to these. */
  timeAwayCheck(check: AwayCheck): Promise<void>;
  /** A person has read these of the receiver's notices. */
  noticesDismiss(ids: number[]): Promise<void>;
  webhooks(): Promise<WebhookRow[]>;
  webhookAdd(form: WebhookForm): Promise<WebhookAdded>;
  webhookEdit(form: WebhookForm): Promise<WebhookAdded>;
  webhookSetEnabled(slug: string, enabled: boolean): Promise<void>;
  webhookEndFormer(slug: string): Promise<void>;
  webhookRemove(slug: string): Promise<void>;
  /** A fresh random secret to use on both sides; kept nowhere until a form with it is sent. */
  secretGenerate(): Promise<string>;
  settings(): Promise<Settings>;
  settingsSet(settings: Settings): Promise<void>;
  about(): Promise<About>;
  /** How the simulated study of a practice window goes; null in a window of a real one. */
  practiceState(): Promise<PracticeState | null>;
  practiceSteer(wanted: PracticeState): Promise<PracticeState>;
  /** Opens the practice that goes with this window, in a window of its own. */
  practiceOpen(): Promise<void>;
  /** Opens the window of the real study, and ends this one. */
  practiceLeave(): Promise<void>;
  /** Empties the practice and opens it anew. */
  practiceStartOver(): Promise<void>;
  /** Prints what the page shows, with the system's dialog. */
  printPage(): Promise<void>;
  /** Asks for a place with the system's dialog and writes a text there; false when the person cancelled. */
  textSave(name: string, text: string): Promise<boolean>;
  /** The backups that are made by themselves, one a day. */
  backups(): Promise<Backups>;
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
