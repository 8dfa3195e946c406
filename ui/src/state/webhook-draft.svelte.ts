// What is typed about a webhook before it is sent: the address proposed from the name, what is missing, what turning authentication off means.
import type { WebhookForm } from '../ipc/bindings/WebhookForm';
import type { WebhookRow } from '../ipc/bindings/WebhookRow';
import { words } from '../words/en';
import { failure } from './failure';

export type Authentication = 'none' | 'basic' | 'hmac' | 'oauth2';

/** Whose deliveries are taken: the address counts before anything else. */
export type Senders = 'anyone' | 'vendor' | 'list';

/** A name as the last part of an address: small letters, digits, dashes; at most 64 characters. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '');
}

export class WebhookDraft {
  name = $state('');
  authentication = $state<Authentication>('hmac');
  username = $state('');
  clientId = $state('');
  secret = $state('');
  senders = $state<Senders>('anyone');
  /** The list as it is typed. */
  addresses = $state('');
  /** For how many hours the old secret is still accepted, where one is replaced. */
  keepOldHours = $state(72);
  study = $state('');
  zone = $state('');
  overdueDays = $state('3');
  lateDays = $state('5');
  /** Hours and minutes are for reading; the portal and the history count minutes. */
  wearMinutes = $state('600');
  /** By field: what was wrong when it was last sent. */
  errors = $state<Record<string, string>>({});
  /** What was wrong beside any field. */
  general = $state<string | null>(null);

  #slug = $state<string | null>(null);

  constructor(private readonly known: WebhookRow | null) {
    if (!known) return;
    this.name = known.name;
    this.#slug = known.slug;
    this.authentication = known.authentication as Authentication;
    this.username = known.username ?? '';
    this.clientId = known.client_id ?? '';
    if (known.allow.length === 1 && known.allow[0] === 'vendor') this.senders = 'vendor';
    else if (known.allow.length > 0) this.senders = 'list';
    this.addresses = this.senders === 'list' ? known.allow.join(', ') : '';
    this.study = known.study_id ?? '';
    this.zone = known.time_zone ?? '';
    this.overdueDays = String(known.overdue_days);
    this.lateDays = String(known.late_days);
    this.wearMinutes = String(known.wear_minutes);
  }

  /** As typed, or proposed from the name until something is typed. */
  get slug(): string {
    return this.#slug ?? slugOf(this.name);
  }

  /** As typed; null where it is proposed from the name. */
  get typedSlug(): string | null {
    return this.#slug;
  }

  /** Emptied, it is proposed again. */
  setSlug(value: string): void {
    if (!this.known) this.#slug = value === '' ? null : value;
  }

  /** Leaving the secret empty keeps the one there is. */
  get keepsSecret(): boolean {
    return this.known !== null && this.known.authentication === this.authentication && this.known.secret_place !== null;
  }

  /** Saving this makes the webhook accept anything: to be confirmed. */
  get turnsOff(): boolean {
    return this.authentication === 'none' && this.known?.authentication !== 'none';
  }

  /** Saving this makes CentrePoint check the address again. */
  get revalidates(): boolean {
    if (this.known === null) return false;
    const renamed = this.authentication === 'oauth2' && this.clientId.trim() !== (this.known.client_id ?? '');
    return this.known.authentication !== this.authentication || this.secret !== '' || renamed;
  }

  /** What the program is told; an empty list lets anyone send. */
  get allow(): string[] {
    if (this.senders === 'anyone') return [];
    return this.senders === 'vendor' ? ['vendor'] : this.addresses.split(/[\s,;]+/).filter((entry) => entry !== '');
  }

  /** Saving this replaces the secret, or the name that goes with it, by another of the same kind: the old one may be accepted on. */
  get replaces(): boolean {
    if (this.known === null || !this.keepsSecret || this.authentication === 'none') return false;
    const renamed =
      (this.authentication === 'basic' && this.username.trim() !== (this.known.username ?? '')) ||
      (this.authentication === 'oauth2' && this.clientId.trim() !== (this.known.client_id ?? ''));
    return this.secret !== '' || renamed;
  }

  /** Whether everything needed is there; says at the fields what is not. */
  complete(): boolean {
    const missing = words.settings.form.missing;
    const errors: Record<string, string> = {};
    if (this.name.trim() === '') errors['name'] = missing;
    if (this.slug.trim() === '') errors['slug'] = missing;
    if (this.authentication === 'basic' && this.username.trim() === '') errors['username'] = missing;
    if (this.authentication === 'oauth2' && this.clientId.trim() === '') errors['client_id'] = missing;
    if (this.authentication !== 'none' && this.secret === '' && !this.keepsSecret) errors['secret'] = missing;
    // Sent empty, a list would mean anyone.
    if (this.senders === 'list' && this.allow.length === 0) errors['allow'] = missing;
    const levels = { overdue_days: this.overdueDays, late_days: this.lateDays, wear_minutes: this.wearMinutes };
    for (const [field, value] of Object.entries(levels))
      if (!/^\d{1,5}$/.test(value.trim())) errors[field] = words.settings.form.wholeNumber;
    this.errors = errors;
    this.general = null;
    return Object.keys(errors).length === 0;
  }

  /** Takes the program's refusal to the field it is about. */
  refuse(thrown: unknown): void {
    const error = failure(thrown);
    const fields = [
      'name',
      'slug',
      'username',
      'client_id',
      'secret',
      'allow',
      'keep_old_hours',
      'study_id',
      'time_zone',
      'overdue_days',
      'late_days',
      'wear_minutes',
    ];
    if (error.field !== null && fields.includes(error.field)) this.errors = { [error.field]: error.message };
    else this.general = error.message;
  }

  form(confirmed: boolean): WebhookForm {
    return {
      name: this.name.trim(),
      slug: this.slug.trim(),
      authentication: this.authentication,
      username: this.authentication === 'basic' ? this.username.trim() : null,
      client_id: this.authentication === 'oauth2' ? this.clientId.trim() : null,
      secret: this.authentication === 'none' || this.secret === '' ? null : this.secret,
      keep_old_hours: this.replaces ? this.keepOldHours : null,
      study_id: this.study.trim() || null,
      time_zone: this.zone || null,
      allow: this.allow,
      confirmed_no_authentication: confirmed,
      overdue_days: Number(this.overdueDays),
      late_days: Number(this.lateDays),
      wear_minutes: Number(this.wearMinutes),
    };
  }
}
