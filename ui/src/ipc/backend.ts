// What the window may ask of the program. `tauri.ts` is the real one, `fake.ts` one for tests; nothing else knows which it talks to.
import type { About } from './bindings/About';
import type { Autostart } from './bindings/Autostart';
import type { AwayCheck } from './bindings/AwayCheck';
import type { AwayGap } from './bindings/AwayGap';
import type { AwayGapQuery } from './bindings/AwayGapQuery';
import type { Backups } from './bindings/Backups';
import type { Changes } from './bindings/Changes';
import type { ChangesQuery } from './bindings/ChangesQuery';
import type { Checkup } from './bindings/Checkup';
import type { Counted } from './bindings/Counted';
import type { Counting } from './bindings/Counting';
import type { EscalationForm } from './bindings/EscalationForm';
import type { EscalationStatus } from './bindings/EscalationStatus';
import type { EscalationTest } from './bindings/EscalationTest';
import type { EventDetail } from './bindings/EventDetail';
import type { EventPage } from './bindings/EventPage';
import type { EventQuery } from './bindings/EventQuery';
import type { ExportRequest } from './bindings/ExportRequest';
import type { GroupPage } from './bindings/GroupPage';
import type { GroupQuery } from './bindings/GroupQuery';
import type { HistoryImport } from './bindings/HistoryImport';
import type { HistoryProgress } from './bindings/HistoryProgress';
import type { HistoryReport } from './bindings/HistoryReport';
import type { ImportReport } from './bindings/ImportReport';
import type { KnownValue } from './bindings/KnownValue';
import type { ListQuery } from './bindings/ListQuery';
import type { LiveMessage } from './bindings/LiveMessage';
import type { PracticeState } from './bindings/PracticeState';
import type { NotificationPage } from './bindings/NotificationPage';
import type { PopUpTest } from './bindings/PopUpTest';
import type { ProblemAct } from './bindings/ProblemAct';
import type { ProblemActed } from './bindings/ProblemActed';
import type { ProblemDetail } from './bindings/ProblemDetail';
import type { ProblemPage } from './bindings/ProblemPage';
import type { Recovery } from './bindings/Recovery';
import type { Rejection } from './bindings/Rejection';

import type { SavedSearch } from './bindings/SavedSearch';
import type { SearchTerms } from './bindings/SearchTerms';
import type { Settings } from './bindings/Settings';
import type { SettingsImport } from './bindings/SettingsImport';
import type { SettingsPlan } from './bindings/SettingsPlan';
import type { SilenceRow } from './bindings/SilenceRow';
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
  /** What is known of a time away, for whoever looks for what was missed. */
  awayGap(query: AwayGapQuery): Promise<AwayGap>;
  /** Asks for files with answers of CentrePoint's API with the system's dialog; null when the person cancelled. */
  historyChooseFiles(): Promise<string[] | null>;
  /** Brings in what CentrePoint's history of a webhook has and is not here, or says what that is. Answers at its end. */
  historyImport(request: HistoryImport): Promise<HistoryReport>;
  /** How far it is; null: none is at work. */
  historyProgress(): Promise<HistoryProgress | null>;
  historyStop(): Promise<void>;
  /** A person has read these of the receiver's notices. */
  noticesDismiss(ids: number[]): Promise<void>;
  webhooks(): Promise<WebhookRow[]>;
  webhookAdd(form: WebhookForm): Promise<WebhookAdded>;
  webhookEdit(form: WebhookForm): Promise<WebhookAdded>;
  webhookSetEnabled(slug: string, enabled: boolean): Promise<void>;
  /** What goes out when nobody sees to a problem, and how that stands. */
  escalation(): Promise<EscalationStatus>;
  escalationSet(form: EscalationForm): Promise<EscalationStatus>;
  /** Sends a test by each way that is set up. */
  escalationTest(): Promise<EscalationTest[]>;
  /** How its silence is judged, and what was learned of it. */
  webhookSilence(slug: string): Promise<SilenceRow>;
  /** `automatic`, `off`, or a number of hours. */
  webhookSilenceSet(slug: string, rule: string): Promise<SilenceRow>;
  webhookEndFormer(slug: string): Promise<void>;
  webhookRemove(slug: string): Promise<void>;
  /** A fresh random secret to use on both sides; kept nowhere until a form with it is sent. */
  secretGenerate(): Promise<string>;
  settings(): Promise<Settings>;
  settingsSet(settings: Settings): Promise<void>;
  /** Writes settings and webhooks into a file the system's dialog asks for, without secrets; null when the person cancelled. */
  settingsExport(): Promise<string | null>;
  settingsChooseFile(): Promise<string | null>;
  /** What a file with settings changes; unless it is a dry run, it is done. */
  settingsImport(request: SettingsImport): Promise<SettingsPlan>;
  /** The inbox of what was due to pop up, newest first; until when nothing does. */
  notifications(limit: number): Promise<NotificationPage>;
  /** A person has read these; none named: all. */
  notificationsRead(ids: number[]): Promise<void>;
  /** Nothing pops up until then: `hour`, `tomorrow`, a day (`2026-08-27`), `off`. Returns until when. */
  notificationsMute(until: string): Promise<string | null>;
  /** Shows a pop-up to try it: what the desktop answered within a few seconds. */
  notificationsTest(): Promise<PopUpTest>;
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
  /** Whether the program starts with the computer, as the system has it now. */
  autostart(): Promise<Autostart>;
  autostartSet(on: boolean): Promise<Autostart>;
  /** Ends the program; where that stops receiving, a person is asked first. */
  quit(): Promise<void>;
  /** The backups that are made by themselves, one a day. */
  backups(): Promise<Backups>;
  /** How the set-up was found, as far as it was checked since the program started. */
  doctor(): Promise<Checkup>;
  /** Begins to check the set-up, unless that is under way. */
  doctorStart(): Promise<Checkup>;
  /** The server whose clock this computer's is compared with. */
  clockServer(): Promise<string>;
  /** Another one; empty: CentrePoint's. */
  clockServerSet(url: string): Promise<void>;
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
