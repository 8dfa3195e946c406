// What is asked of the made-up program about the way in, and what is set up there.
import type { ApiError } from '../bindings/ApiError';
import type { AwayCheck } from '../bindings/AwayCheck';
import type { AwayGap } from '../bindings/AwayGap';
import type { AwayGapQuery } from '../bindings/AwayGapQuery';
import type { Check } from '../bindings/Check';
import type { HistoryImport } from '../bindings/HistoryImport';
import type { HistoryProgress } from '../bindings/HistoryProgress';
import type { HistoryReport } from '../bindings/HistoryReport';
import type { Rejection } from '../bindings/Rejection';
import type { EscalationForm } from '../bindings/EscalationForm';
import type { EscalationStatus } from '../bindings/EscalationStatus';
import type { EscalationTest } from '../bindings/EscalationTest';
import type { WebhookForm } from '../bindings/WebhookForm';
import type { WebhookRow } from '../bindings/WebhookRow';
import { checkupOf, someChecks } from './doctor';
import { checkAway, noGap } from './away';
import { someReport } from './history';
import { escalationSet, noEscalation } from './escalation';
import { silenceOf } from './silence';
import { someRejections } from './webhooks';
import { fail, type FakeOptions } from './program';
import { Reading } from './reading';

/** The way in: webhooks and what comes by them, what did not, and who is told. */
export class Receiving extends Reading {
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
  doctorChecks: Check[] = someChecks();
  /** How many checks have ended; null: not begun. */
  doctorDone: number | null = null;
  clockServerValue = 'https://api.actigraphcorp.com';

  constructor(options: FakeOptions = {}) {
    super(options);
    this.rejectionRows = this.isUsed ? someRejections(this.now()) : [];
  }

  rejectionsRecover(slug: string, dryRun: boolean) {
    return this.answer('rejectionsRecover', () => {
      const fitting = this.fittingRejections.get(slug) ?? 0;
      if (!dryRun) this.fittingRejections.delete(slug);
      const checkable = this.webhookRows.find((row) => row.slug === slug)?.authentication === 'hmac';
      const accepted = dryRun ? 0 : fitting;
      return { webhook: slug, checkable, fitting, known: 0, differing: 0, without_body: 0, accepted };
    });
  }

  rejections(limit: number) {
    return this.answer('rejections', () => this.rejectionRows.slice(0, limit));
  }

  timeAway(limit: number) {
    return this.answer('timeAway', () => ({
      sequence: this.ledger.sequence,
      rows: this.awayRows.slice(0, limit),
      more: this.awayRows.length > limit,
    }));
  }

  timeAwayCheck(check: AwayCheck) {
    return this.answer('timeAwayCheck', () => {
      if (check.by.trim() === '' && this.settingsValue.operator === '')
        throw fail('invalid', 'Say who is doing this: the history keeps the name.', 'by');
      this.awayRows = checkAway(this.awayRows, check, this.now());
      this.say({ type: 'changed', sequence: this.ledger.sequence, behind: 0, opened: 0 });
    });
  }

  awayGap(_query: AwayGapQuery) {
    return this.answer('awayGap', () => this.gap);
  }

  historyChooseFiles() {
    return this.answer('historyChooseFiles', () => this.historyFiles);
  }

  historyImport(request: HistoryImport) {
    return this.answer('historyImport', () => {
      this.historyRequests.push(request);
      if (this.historyFailure) throw this.historyFailure;
      return { ...this.historyReport, webhook: request.webhook, dry_run: request.dry_run };
    });
  }

  historyProgress() {
    return this.answer('historyProgress', () => this.historyAtWork);
  }

  historyStop() {
    return this.answer('historyStop', () => undefined);
  }

  noticesDismiss(ids: number[]) {
    return this.answer('noticesDismiss', () => {
      const notices = this.receiver.notices.filter((notice) => !ids.includes(notice.id));
      this.receiver = { ...this.receiver, notices };
      this.say({ type: 'receiver', status: this.receiver });
    });
  }

  webhooks() {
    return this.answer('webhooks', () => [...this.webhookRows]);
  }

  webhookAdd(form: WebhookForm) {
    return this.answer('webhookAdd', () => {
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
    return this.answer('webhookEdit', () => {
      const known = this.webhookRows.find((row) => row.slug === form.slug);
      if (!known) throw fail('not_found', 'This webhook was removed.');
      const webhook = this.#webhook(form, known);
      this.webhookRows = this.webhookRows.map((row) => (row.slug === form.slug ? webhook : row));
      this.say({ type: 'state' });
      return { webhook, warnings: [] };
    });
  }

  webhookSetEnabled(slug: string, enabled: boolean) {
    return this.answer('webhookSetEnabled', () => {
      this.webhookRows = this.webhookRows.map((row) => (row.slug === slug ? { ...row, enabled } : row));
      this.say({ type: 'state' });
    });
  }

  escalation() {
    return this.answer('escalation', () => this.escalationValue);
  }

  escalationSet(form: EscalationForm) {
    return this.answer('escalationSet', () => {
      this.escalationValue = escalationSet(this.escalationValue, form, (message, field) =>
        fail('invalid', message, field),
      );
      this.say({ type: 'state' });
      return this.escalationValue;
    });
  }

  escalationTest() {
    return this.answer('escalationTest', () => this.escalationAnswers);
  }

  webhookSilence(slug: string) {
    return this.answer('webhookSilence', () => silenceOf(slug, this.silenceRules[slug]));
  }

  webhookSilenceSet(slug: string, rule: string) {
    return this.answer('webhookSilenceSet', () => {
      if (!['automatic', 'off'].includes(rule) && !(Number(rule) > 0 && Number(rule) <= 8760))
        throw fail('invalid', 'automatic, off, or hours: a number above 0 and at most 8760 (a year)', 'silence');
      this.silenceRules[slug] = rule;
      return silenceOf(slug, rule);
    });
  }

  webhookEndFormer(slug: string) {
    return this.answer('webhookEndFormer', () => {
      this.webhookRows = this.webhookRows.map((row) => (row.slug === slug ? { ...row, former: null } : row));
      this.say({ type: 'state' });
    });
  }

  webhookRemove(slug: string) {
    return this.answer('webhookRemove', () => {
      this.webhookRows = this.webhookRows.filter((row) => row.slug !== slug);
      this.say({ type: 'state' });
    });
  }

  secretGenerate() {
    return this.answer('secretGenerate', () => this.random.hex(40));
  }

  /** One more check has ended with each look. */
  doctor() {
    return this.answer('doctor', () => {
      const all = this.doctorChecks.length;
      if (this.doctorDone !== null) this.doctorDone = Math.min(this.doctorDone + 1, all);
      return this.#checkup();
    });
  }

  doctorStart() {
    return this.answer('doctorStart', () => {
      this.doctorDone = 0;
      return this.#checkup();
    });
  }

  #checkup() {
    if (this.doctorDone === null) return checkupOf([], 0, null);
    return checkupOf(this.doctorChecks, this.doctorDone, this.now().toISOString());
  }

  clockServer() {
    return this.answer('clockServer', () => this.clockServerValue);
  }

  clockServerSet(url: string) {
    return this.answer('clockServerSet', () => {
      if (url !== '' && !url.startsWith('https://'))
        throw fail('invalid', 'the server is https:// and a name, without a path', 'clock_server');
      this.clockServerValue = url || 'https://api.actigraphcorp.com';
    });
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
      created_at: known?.created_at ?? this.now().toISOString(),
    };
  }

  #former(secret: string | null, hours: number, known: WebhookRow | null): WebhookRow['former'] {
    if (known === null) return null;
    if (secret === null) return known.former;
    if (hours === 0) return null;
    const until = new Date(this.now().getTime() + hours * 3_600_000).toISOString();
    return { until, name: known.username ?? known.client_id, used_at: null, error: null };
  }
}
