// A program behind the window that exists only in memory: for tests, and for looking at the window in a browser. A seeded study is in it.
import type { Backend } from './backend';
import type { ApiError } from './bindings/ApiError';
import type { AwayCheck } from './bindings/AwayCheck';
import type { AwayGap } from './bindings/AwayGap';
import type { AwayGapQuery } from './bindings/AwayGapQuery';
import type { Autostart } from './bindings/Autostart';
import type { Backups } from './bindings/Backups';
import type { Check } from './bindings/Check';
import type { Counting } from './bindings/Counting';
import type { EventQuery } from './bindings/EventQuery';
import type { ExportProgress } from './bindings/ExportProgress';
import type { GroupQuery } from './bindings/GroupQuery';
import type { HistoryImport } from './bindings/HistoryImport';
import type { HistoryProgress } from './bindings/HistoryProgress';
import type { HistoryReport } from './bindings/HistoryReport';
import type { ListQuery } from './bindings/ListQuery';
import type { LiveMessage } from './bindings/LiveMessage';
import type { PracticeState } from './bindings/PracticeState';
import type { ProblemAct } from './bindings/ProblemAct';
import type { ReceiverStatus } from './bindings/ReceiverStatus';
import type { Rejection } from './bindings/Rejection';
import type { ChangesQuery } from './bindings/ChangesQuery';
import type { SavedSearch } from './bindings/SavedSearch';
import type { Settings } from './bindings/Settings';
import type { SettingsImport } from './bindings/SettingsImport';
import type { SettingsPlan } from './bindings/SettingsPlan';
import type { SubjectAct } from './bindings/SubjectAct';
import type { SubjectImport } from './bindings/SubjectImport';
import type { EscalationForm } from './bindings/EscalationForm';
import type { EscalationStatus } from './bindings/EscalationStatus';
import type { EscalationTest } from './bindings/EscalationTest';
import type { TimeAway } from './bindings/TimeAway';
import type { Today } from './bindings/Today';
import type { TodayQuery } from './bindings/TodayQuery';
import type { ValuesQuery } from './bindings/ValuesQuery';
import type { WebhookForm } from './bindings/WebhookForm';
import type { WebhookRow } from './bindings/WebhookRow';
import type { Arrival, Person } from './fake/delivery';
import { Deep } from './fake/deep';
import { checkupOf, someChecks } from './fake/doctor';
import { Ledger } from './fake/ledger';
import { actOn, groupsOf } from './fake/problems';
import { FakeNotifications, someRules } from './fake/notifications';
import { Random } from './fake/random';
import { asMatched, page, problemsOf, problemsThat, type Scene, todayOf, uploadsThat } from './fake/lists';
import { awayToday, checkAway, noGap } from './fake/away';
import { someReport } from './fake/history';
import { matcher, ofEvent, termsOf } from './fake/search';
import { history, life, people } from './fake/study';
import { boardOf, type Declared, declareOn, detailOf, importOf, wearUntil } from './fake/subjects';
import { changesOf, checkedSearches, valuesOf } from './fake/window';
import { escalationSet, noEscalation } from './fake/escalation';
import { silenceOf } from './fake/silence';
import { someRejections, someWebhooks } from './fake/webhooks';

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

function fail(code: ApiError['code'], message: string, field: string | null = null): ApiError {
  return { code, message, span: null, field };
}

export class Fake implements Backend {
  readonly ledger: Ledger;
  readonly deep: Deep;
  readonly random: Random;
  readonly persons: Person[];
  receiver: ReceiverStatus;
  webhookRows: WebhookRow[];
  silenceRules: Record<string, string> = {};
  escalationValue: EscalationStatus = noEscalation();
  escalationAnswers: EscalationTest[] = [];
  /** By webhook: how many refused deliveries its present secret fits. */
  fittingRejections = new Map<string, number>();
  rejectionRows: Rejection[];
  /** What is known of any time away. */
  gap: AwayGap = noGap();
  /** What the person chooses where history files are asked for; null: nothing. */
  historyFiles: string[] | null = ['/home/rossi/history.json'];
  historyReport: HistoryReport = someReport();
  /** The imports asked for, and what fails them. */
  historyRequests: HistoryImport[] = [];
  historyFailure: ApiError | null = null;
  historyAtWork: HistoryProgress | null = null;
  /** The file a person chooses for settings, what it changes, and what was asked. */
  settingsFile: string | null = '/home/rossi/settings.json';
  settingsPlan: SettingsPlan = { exported_at: null, changes: [], notes: [] };
  settingsFailure: ApiError | null = null;
  settingsRequests: SettingsImport[] = [];
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
  backupsValue: Backups = {
    folder: '/home/rossi/.local/share/centrepoint-monitor/backups',
    latest: {
      name: 'centrepoint-monitor_2026-08-22.db',
      bytes: 43_935_334,
      made_at: '2026-08-22T06:05:12.000000Z',
    },
    count: 5,
    kept: 7,
  };
  /** How the practice goes, where it is one. */
  practising: PracticeState | null = null;
  /** Texts that were saved, by name. */
  texts: Record<string, string> = {};
  doctorChecks: Check[] = someChecks();
  /** How many checks have ended; null: not begun. */
  doctorDone: number | null = null;
  clockServerValue = 'https://api.actigraphcorp.com';
  /** Every call, by name: tests count them. */
  calls: string[] = [];
  revealed: string[] = [];
  lookedAt: string | null;
  saved: SavedSearch[] = [];
  preferenceValues: Record<string, unknown> = {};
  zoomed = 1;
  notified = new FakeNotifications();
  /** What the system has about starting with the computer. */
  autostartValue: Autostart = { state: 'off', other: null };

  #listen: ((message: LiveMessage) => void) | null = null;
  #now: () => Date;
  #latency: number;
  #exports = 0;
  #declared = new Map<number, Declared>();
  #cancelled = new Set<number>();

  constructor(options: FakeOptions = {}) {
    this.#now = options.now ?? (() => new Date());
    this.#latency = options.latency ?? 0;
    this.random = new Random(options.seed ?? 189);
    const now = this.#now();
    this.deep = new Deep(options.older ?? 0, new Date(now.getTime() - 15 * 24 * HOUR));
    this.ledger = new Ledger(this.random, this.deep.size);
    const subjects = options.subjects ?? 118;
    this.persons = people(this.random, subjects);
    if (subjects > 0) for (const arrival of history(this.random, now, this.persons)) this.ledger.take(arrival);
    this.webhookRows = subjects > 0 ? someWebhooks(now) : [];
    this.rejectionRows = subjects > 0 ? someRejections(now) : [];
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
    this.lookedAt = subjects > 0 ? new Date(now.getTime() - 15 * HOUR).toISOString() : null;
    if (subjects > 0) this.#someoneWorked(now);
  }

  // --- what happens by itself -------------------------------------------------------------------------------------------

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
      if (next) this.push({ ...next, at: this.#now() });
    }, every);
    return () => clearInterval(timer);
  }

  // --- what the window asks ----------------------------------------------------------------------------------------------

  subscribe(listen: (message: LiveMessage) => void): Promise<void> {
    this.#listen = listen;
    return this.#answer('subscribe', () => undefined);
  }

  today(query: TodayQuery): Promise<Today> {
    return this.#answer('today', () => ({
      ...todayOf(this.#scene(), query.days, query.webhook),
      ...awayToday(this.awayRows),
    }));
  }

  events(query: EventQuery) {
    return this.#answer('events', () => {
      const matches = matcher(query.query);
      const after = query.after ?? Number.NEGATIVE_INFINITY;
      const until = query.until ?? Number.POSITIVE_INFINITY;
      const recent = this.ledger.events
        .filter(({ row }) => row.sequence > after && row.sequence <= until && matches(ofEvent(row)))
        .map((kept) => kept.row)
        .reverse();
      const deep = this.deep.matching(query.query, after, until);
      const total = query.count ? recent.length + deep.count : null;
      const skipped = query.before === null && query.after === null ? (query.offset ?? 0) : 0;
      const before = query.before ?? Number.POSITIVE_INFINITY;
      const newer = recent.filter((row) => row.sequence < before).slice(skipped, skipped + query.limit);
      const older = deep.rows(before, Math.max(0, skipped - recent.length), query.limit - newer.length);
      return { sequence: this.ledger.sequence, rows: [...newer, ...older], total };
    });
  }

  event(sequence: number) {
    return this.#answer('event', () => {
      const detail = this.ledger.detail(sequence) ?? this.deep.detail(sequence);
      if (!detail) throw fail('not_found', `There is no event ${sequence}.`);
      return detail;
    });
  }

  uploads(query: ListQuery) {
    return this.#answer('uploads', () => {
      const rows = uploadsThat(this.#scene(), query.query);
      return { sequence: this.ledger.sequence, rows: page(rows, query, (row) => row.key) };
    });
  }

  countRows(list: Counting, query: string) {
    return this.#answer('countRows', () => {
      const rows = (list === 'uploads' ? uploadsThat : problemsThat)(this.#scene(), query);
      return { rows: rows.length, more: false };
    });
  }

  subjects(query: ListQuery) {
    return this.#answer('subjects', () => {
      const matches = matcher(query.query);
      const rows = boardOf(this.#scene(), this.#declared).filter((row) =>
        matches(asMatched({ ...row, message: row.label }, row.state, row.last_completed_at ?? '', false)),
      );
      const shown = page(rows, query, (row) => row.key);
      return { sequence: this.ledger.sequence, rows: shown, wear_until: wearUntil(this.#now()) };
    });
  }

  subject(key: number) {
    return this.#answer('subject', () => {
      const detail = detailOf(this.#scene(), this.#declared, key);
      if (!detail) throw fail('not_found', 'This subject is no longer there.');
      return detail;
    });
  }

  subjectAct(act: SubjectAct) {
    return this.#answer('subjectAct', () => {
      const keys = declareOn(this.#scene(), this.#declared, act, act.by || this.settingsValue.operator);
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
      return keys;
    });
  }

  pemChooseFile() {
    return this.#answer('pemChooseFile', () => '/etc/hooks/key.pem');
  }

  subjectsChooseFile() {
    return this.#answer('subjectsChooseFile', () => '/home/rossi/Documents/subjects.csv');
  }

  subjectsImport(request: SubjectImport) {
    return this.#answer('subjectsImport', () => importOf(request.dry_run));
  }

  changes(query: ChangesQuery) {
    return this.#answer('changes', () => changesOf(this.#scene(), query));
  }

  looked() {
    return this.#answer('looked', () => this.lookedAt);
  }

  look() {
    return this.#answer('look', () => {
      this.lookedAt = this.#now().toISOString();
    });
  }

  searchTerms(text: string) {
    return this.#answer('searchTerms', () => termsOf(text));
  }

  searchValues(query: ValuesQuery) {
    return this.#answer('searchValues', () => valuesOf(this.#scene(), this.webhookRows, query));
  }

  savedSearches() {
    return this.#answer('savedSearches', () => [...this.saved]);
  }

  savedSearchesSet(searches: SavedSearch[]) {
    return this.#answer('savedSearchesSet', () => {
      this.saved = checkedSearches(searches);
    });
  }

  preferences() {
    return this.#answer('preferences', () => ({ ...this.preferenceValues }));
  }

  preferenceSet(name: string, value: unknown) {
    return this.#answer('preferenceSet', () => {
      this.preferenceValues = { ...this.preferenceValues, [name]: value };
    });
  }

  zoom(factor: number) {
    return this.#answer('zoom', () => {
      this.zoomed = factor;
    });
  }

  problems(query: ListQuery) {
    return this.#answer('problems', () => {
      const rows = problemsThat(this.#scene(), query.query);
      return { sequence: this.ledger.sequence, rows: page(rows, query, (row) => row.id) };
    });
  }

  problem(id: number) {
    return this.#answer('problem', () => {
      const row = problemsOf(this.#scene()).find((known) => known.id === id);
      if (!row) throw fail('not_found', 'This problem is no longer there.');
      const story = this.ledger.stories.get(id) ?? [];
      const failed = story.findLast((line) => line.what === 'failed');
      const detail = failed ? this.ledger.detail(failed.sequence) : null;
      return {
        row,
        story: [...story],
        delivery_id: detail?.row.delivery_id ?? null,
        vendor_webhook_id: detail?.row.vendor_webhook_id ?? null,
        event_received_at: detail?.row.received_at ?? null,
        event_sequence: detail?.row.sequence ?? null,
        silence: null,
      };
    });
  }

  problemGroups(query: GroupQuery) {
    return this.#answer('problemGroups', () => groupsOf(this.#scene(), query));
  }

  problemAct(act: ProblemAct) {
    return this.#answer('problemAct', () => {
      const ids = actOn(this.#scene(), act, act.by || this.settingsValue.operator);
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
      return { ids };
    });
  }

  rejectionsRecover(slug: string, dryRun: boolean) {
    return this.#answer('rejectionsRecover', () => {
      const fitting = this.fittingRejections.get(slug) ?? 0;
      if (!dryRun) this.fittingRejections.delete(slug);
      const checkable = this.webhookRows.find((row) => row.slug === slug)?.authentication === 'hmac';
      const accepted = dryRun ? 0 : fitting;
      return { webhook: slug, checkable, fitting, known: 0, differing: 0, without_body: 0, accepted };
    });
  }

  rejections(limit: number) {
    return this.#answer('rejections', () => this.rejectionRows.slice(0, limit));
  }

  timeAway(limit: number) {
    return this.#answer('timeAway', () => ({
      sequence: this.ledger.sequence,
      rows: this.awayRows.slice(0, limit),
      more: this.awayRows.length > limit,
    }));
  }

  timeAwayCheck(check: AwayCheck) {
    return this.#answer('timeAwayCheck', () => {
      if (check.by.trim() === '' && this.settingsValue.operator === '')
        throw fail('invalid', 'Say who is doing this: the history keeps the name.', 'by');
      this.awayRows = checkAway(this.awayRows, check, this.#now());
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
    });
  }

  awayGap(_query: AwayGapQuery) {
    return this.#answer('awayGap', () => this.gap);
  }

  historyChooseFiles() {
    return this.#answer('historyChooseFiles', () => this.historyFiles);
  }

  historyImport(request: HistoryImport) {
    return this.#answer('historyImport', () => {
      this.historyRequests.push(request);
      if (this.historyFailure) throw this.historyFailure;
      return { ...this.historyReport, webhook: request.webhook, dry_run: request.dry_run };
    });
  }

  historyProgress() {
    return this.#answer('historyProgress', () => this.historyAtWork);
  }

  historyStop() {
    return this.#answer('historyStop', () => undefined);
  }

  noticesDismiss(ids: number[]) {
    return this.#answer('noticesDismiss', () => {
      const notices = this.receiver.notices.filter((notice) => !ids.includes(notice.id));
      this.receiver = { ...this.receiver, notices };
      this.say({ type: 'receiver', status: this.receiver });
    });
  }

  webhooks() {
    return this.#answer('webhooks', () => [...this.webhookRows]);
  }

  webhookAdd(form: WebhookForm) {
    return this.#answer('webhookAdd', () => {
      if (!/^[a-z0-9][a-z0-9-]*$/.test(form.slug))
        throw fail('invalid', 'Use small letters, digits and dashes, beginning with a letter or a digit.', 'slug');
      if (this.webhookRows.some((row) => row.slug === form.slug))
        throw fail('invalid', 'Another webhook has this address already.', 'slug');
      const wrong = form.allow.find((entry) => !/^(vendor|[\d.:a-f]+(\/\d+)?)$/.test(entry));
      if (wrong) throw fail('invalid', `${wrong} is no address like 203.0.113.4 or 203.0.113.0/24`, 'allow');
      const webhook = this.#webhook(form, null);
      this.webhookRows = [...this.webhookRows, webhook];
      this.say({ type: 'state' });
      return {
        webhook,
        warnings: form.secret
          ? ['The secret is kept in a file in the data folder: this computer has no keychain.']
          : [],
      };
    });
  }

  webhookEdit(form: WebhookForm) {
    return this.#answer('webhookEdit', () => {
      const known = this.webhookRows.find((row) => row.slug === form.slug);
      if (!known) throw fail('not_found', 'This webhook was removed.');
      const webhook = this.#webhook(form, known);
      this.webhookRows = this.webhookRows.map((row) => (row.slug === form.slug ? webhook : row));
      this.say({ type: 'state' });
      return { webhook, warnings: [] };
    });
  }

  webhookSetEnabled(slug: string, enabled: boolean) {
    return this.#answer('webhookSetEnabled', () => {
      this.webhookRows = this.webhookRows.map((row) => (row.slug === slug ? { ...row, enabled } : row));
      this.say({ type: 'state' });
    });
  }

  escalation() {
    return this.#answer('escalation', () => this.escalationValue);
  }

  escalationSet(form: EscalationForm) {
    return this.#answer('escalationSet', () => {
      this.escalationValue = escalationSet(this.escalationValue, form, (message, field) =>
        fail('invalid', message, field),
      );
      this.say({ type: 'state' });
      return this.escalationValue;
    });
  }

  escalationTest() {
    return this.#answer('escalationTest', () => this.escalationAnswers);
  }

  webhookSilence(slug: string) {
    return this.#answer('webhookSilence', () => silenceOf(slug, this.silenceRules[slug]));
  }

  webhookSilenceSet(slug: string, rule: string) {
    return this.#answer('webhookSilenceSet', () => {
      if (!['automatic', 'off'].includes(rule) && !(Number(rule) > 0 && Number(rule) <= 8760))
        throw fail('invalid', 'automatic, off, or hours: a number above 0 and at most 8760 (a year)', 'silence');
      this.silenceRules[slug] = rule;
      return silenceOf(slug, rule);
    });
  }

  webhookEndFormer(slug: string) {
    return this.#answer('webhookEndFormer', () => {
      this.webhookRows = this.webhookRows.map((row) => (row.slug === slug ? { ...row, former: null } : row));
      this.say({ type: 'state' });
    });
  }

  webhookRemove(slug: string) {
    return this.#answer('webhookRemove', () => {
      this.webhookRows = this.webhookRows.filter((row) => row.slug !== slug);
      this.say({ type: 'state' });
    });
  }

  secretGenerate() {
    return this.#answer('secretGenerate', () => this.random.hex(40));
  }

  settings() {
    return this.#answer('settings', () => ({ ...this.settingsValue }));
  }

  settingsSet(settings: Settings) {
    return this.#answer('settingsSet', () => {
      if (settings.public_address !== '' && !settings.public_address.startsWith('https://'))
        throw fail('invalid', 'CentrePoint needs an address that begins with https://.', 'public_address');
      if (settings.tls_key.includes('nowhere'))
        throw fail('invalid', `${settings.tls_key} cannot be used for TLS: there is no such file`, 'tls_key');
      if (settings.metrics_address.startsWith('0.0.0.0'))
        throw fail('invalid', `${settings.metrics_address} can be reached from other computers`, 'metrics_address');
      const everyone = settings.trusted_proxies.find((proxy) => proxy.endsWith('/0'));
      if (everyone)
        throw fail('invalid', `${everyone} would believe everyone: name the proxies alone`, 'trusted_proxies');
      const moves = settings.listen_address !== this.settingsValue.listen_address;
      if (moves) this.#checkListening(settings.listen_address);
      this.settingsValue = { ...settings };
      this.say({ type: 'state' });
      if (moves) this.#listenAt(settings.listen_address);
    });
  }

  #checkListening(address: string) {
    if (address !== '' && !/:\d+$/.test(address))
      throw fail('invalid', `${address} is not an address with a port`, 'listen_address');
    if (address.endsWith(':8080'))
      throw fail('invalid', 'port 8080 is in use by another program: choose another one', 'listen_address');
  }

  /** As the receiver does, unless it was told at its start. */
  #listenAt(address: string) {
    if (!['default', 'setting', 'before'].includes(this.receiver.address_from ?? '')) return;
    const from = address === '' ? 'default' : 'setting';
    this.receiver = { ...this.receiver, address: `http://${address || '127.0.0.1:8737'}`, address_from: from };
    this.say({ type: 'receiver', status: this.receiver });
  }

  settingsExport() {
    return this.#answer('settingsExport', () => this.settingsFile);
  }

  settingsChooseFile() {
    return this.#answer('settingsChooseFile', () => this.settingsFile);
  }

  settingsImport(request: SettingsImport) {
    return this.#answer('settingsImport', () => {
      if (this.settingsFailure) throw this.settingsFailure;
      this.settingsRequests.push(request);
      return this.settingsPlan;
    });
  }

  notifications(limit: number) {
    return this.#answer('notifications', () => this.notified.page(limit));
  }

  notificationsRead(ids: number[]) {
    return this.#answer('notificationsRead', () => this.notified.read(ids));
  }

  notificationsMute(until: string) {
    return this.#answer('notificationsMute', () => {
      if (until === 'soon') throw fail('invalid', 'the day is one that is still to come', 'until');
      return this.notified.mute(until, this.#now());
    });
  }

  notificationsTest() {
    return this.#answer('notificationsTest', () => this.notified.test);
  }

  about() {
    return this.#answer('about', () => ({
      version: '0.1.0',
      data_folder: '/home/rossi/.local/share/centrepoint-monitor',
      practice: this.practising !== null,
      time_zone: 'Europe/Rome',
      export_folder: '/home/rossi/Documents',
      senders: ['13.82.60.74', '40.114.106.25'],
    }));
  }

  practiceState() {
    return this.#answer('practiceState', () => this.practising);
  }

  practiceSteer(wanted: PracticeState) {
    return this.#answer('practiceSteer', () => (this.practising = wanted));
  }

  practiceOpen() {
    return this.#answer('practiceOpen', () => undefined);
  }

  practiceLeave() {
    return this.#answer('practiceLeave', () => undefined);
  }

  practiceStartOver() {
    return this.#answer('practiceStartOver', () => undefined);
  }

  printPage() {
    return this.#answer('printPage', () => undefined);
  }

  textSave(name: string, text: string) {
    return this.#answer('textSave', () => {
      this.texts[name] = text;
      return true;
    });
  }

  autostart() {
    return this.#answer('autostart', () => this.autostartValue);
  }

  autostartSet(on: boolean) {
    return this.#answer('autostartSet', () => {
      this.autostartValue = { state: on ? 'on' : 'off', other: null };
      return this.autostartValue;
    });
  }

  quit() {
    return this.#answer('quit', () => undefined);
  }

  backups() {
    return this.#answer('backups', () => this.backupsValue);
  }

  /** One more check has ended with each look. */
  doctor() {
    return this.#answer('doctor', () => {
      const all = this.doctorChecks.length;
      if (this.doctorDone !== null) this.doctorDone = Math.min(this.doctorDone + 1, all);
      return this.#checkup();
    });
  }

  doctorStart() {
    return this.#answer('doctorStart', () => {
      this.doctorDone = 0;
      return this.#checkup();
    });
  }

  #checkup() {
    if (this.doctorDone === null) return checkupOf([], 0, null);
    return checkupOf(this.doctorChecks, this.doctorDone, this.#now().toISOString());
  }

  clockServer() {
    return this.#answer('clockServer', () => this.clockServerValue);
  }

  clockServerSet(url: string) {
    return this.#answer('clockServerSet', () => {
      if (url !== '' && !url.startsWith('https://'))
        throw fail('invalid', 'the server is https:// and a name, without a path', 'clock_server');
      this.clockServerValue = url || 'https://api.actigraphcorp.com';
    });
  }

  exportDefaultPath(_query: string, profile: string) {
    const stamp = this.#now().toISOString().slice(0, 16).replace(':', '');
    const kind = profile === 'xlsx' ? 'xlsx' : 'csv';
    return this.#answer('exportDefaultPath', () => `/home/rossi/Documents/study-189_events_${stamp}Z.${kind}`);
  }

  exportChoosePath(path: string) {
    return this.#answer('exportChoosePath', () => path.replace('Documents', 'Desktop'));
  }

  exportStart(request: { query: string; path: string }) {
    return this.#answer('exportStart', () => {
      if (request.path.trim() === '') throw fail('invalid', 'Say where the file should go.', 'path');
      const id = (this.#exports += 1);
      const matches = matcher(request.query);
      const total = this.ledger.events.filter((kept) => matches(ofEvent(kept.row))).length;
      void this.#export({ id, state: 'running', rows: 0, total, path: request.path, message: null });
      return id;
    });
  }

  exportCancel(id: number) {
    return this.#answer('exportCancel', () => {
      this.#cancelled.add(id);
    });
  }

  exportReveal(path: string) {
    return this.#answer('exportReveal', () => {
      this.revealed.push(path);
    });
  }

  // --- how it answers ------------------------------------------------------------------------------------------------------

  async #answer<T>(name: string, work: () => T): Promise<T> {
    this.calls.push(name);
    if (this.#latency > 0) await new Promise((resolve) => setTimeout(resolve, this.#latency));
    else await Promise.resolve();
    return work();
  }

  async #export(start: ExportProgress): Promise<void> {
    let progress = start;
    for (let step = 0; step <= 20; step += 1) {
      progress = { ...progress, rows: Math.round((progress.total * step) / 20) };
      if (this.#cancelled.has(progress.id)) {
        this.say({ type: 'export', progress: { ...progress, state: 'cancelled' } });
        return;
      }
      this.say({ type: 'export', progress });
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    this.say({ type: 'export', progress: { ...progress, state: 'done' } });
  }

  #webhook(form: WebhookForm, known: WebhookRow | null): WebhookRow {
    const open = this.settingsValue.public_address;
    const target = `${open || 'http://127.0.0.1:8737'}/hooks/${form.slug}`;
    const { secret, keep_old_hours: hours, confirmed_no_authentication: _confirmed, ...kept } = form;
    const again = secret !== null || known?.authentication !== form.authentication;
    return {
      ...kept,
      overdue_days: form.overdue_days ?? known?.overdue_days ?? 3,
      late_days: form.late_days ?? known?.late_days ?? 5,
      wear_minutes: form.wear_minutes ?? known?.wear_minutes ?? 600,
      enabled: known?.enabled ?? true,
      secret_place: form.authentication === 'none' ? null : (known?.secret_place ?? 'file'),
      secret_error: null,
      former: this.#former(secret, hours ?? 72, known),
      target_url: target,
      token_url: form.authentication === 'oauth2' ? `${target}/token` : null,
      target_is_public: open !== '',
      validation: known && !again ? known.validation : 'waiting',
      handshake_at: known && !again ? known.handshake_at : null,
      waiting: known ? known.waiting : { state: 'never_contacted', at: null, reason: null, signed: null },
      created_at: known?.created_at ?? this.#now().toISOString(),
    };
  }

  #former(secret: string | null, hours: number, known: WebhookRow | null): WebhookRow['former'] {
    if (known === null) return null;
    if (secret === null) return known.former;
    if (hours === 0) return null;
    const until = new Date(this.#now().getTime() + hours * 3_600_000).toISOString();
    return { until, name: known.username ?? known.client_id, used_at: null, error: null };
  }

  #scene(): Scene {
    return {
      ledger: this.ledger,
      now: this.#now(),
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
      const scene = { ...this.#scene(), now: new Date(new Date(last_at).getTime() + HOUR) };
      const act = (kind: ProblemAct['act'], note: string | null) =>
        actOn(scene, { ids: [id], act: kind, by: '', note, until: null }, 'M. Rossi');
      act('acknowledge', 'Called, left a message');
      if (age > 60 * HOUR) act('resolve', null);
    }
  }
}

/** The fake as a browser sees it: something arrives every few seconds. `?subjects=0` is a first run, `?still` stands still, `?older=1000000` is a
 * long history. */
export function fakeForBrowser(parameters: URLSearchParams): Fake {
  const subjects = Number(parameters.get('subjects') ?? 118);
  const fake = new Fake({ subjects, latency: 5, older: Number(parameters.get('older') ?? 0) });
  if (parameters.has('practice')) fake.practising = { scenario: 'day', rate: 0.5, paused: false };
  const theme = parameters.get('theme');
  if (theme) fake.settingsValue = { ...fake.settingsValue, theme };
  if (subjects > 0 && !parameters.has('still')) fake.play(Number(parameters.get('every') ?? 4000));
  return fake;
}
