// The set-up of a study in six steps. What is typed is remembered as each step is left, so that closing the window anywhere loses nothing;
// never the secret: it is shown once, and made anew where it was not kept.
import type { Backend } from '../ipc/backend';
import type { WebhookRow } from '../ipc/bindings/WebhookRow';
import { words } from '../words/en';
import { failure } from './failure';
import type { Preferences } from './preferences.svelte';
import type { SettingsState } from './settings.svelte';
import { type Authentication, WebhookDraft } from './webhook-draft.svelte';
import type { WebhooksState } from './webhooks.svelte';

export const STEPS = ['kind', 'study', 'reach', 'proof', 'portal', 'last'] as const;
export type Step = (typeof STEPS)[number];
export const WAYS = ['later', 'proxy', 'tunnel', 'own'] as const;
export type Way = (typeof WAYS)[number];

const NAME = 'setup';
/** Proxies that stand on this computer itself. */
const HERE = ['127.0.0.1', '::1'];

/** What is remembered: JSON that another version may have written. */
export interface Kept {
  step: Step | 'done';
  passed: Step[];
  way: Way;
  name: string;
  /** As typed; null: made from the name. */
  slug: string | null;
  study: string;
  zone: string;
  authentication: Authentication;
  username: string;
  clientId: string;
  /** The webhook that was added, or is just being added. */
  webhook: string | null;
  secretKept: boolean;
  /** Today says nothing of it any more. */
  dismissed: boolean;
}

const FRESH: Kept = {
  step: 'kind',
  passed: [],
  way: 'later',
  name: '',
  slug: null,
  study: '',
  zone: '',
  authentication: 'hmac',
  username: '',
  clientId: '',
  webhook: null,
  secretKept: false,
  dismissed: false,
};

function isKept(value: unknown): value is Partial<Kept> {
  if (typeof value !== 'object' || value === null) return false;
  const { step, passed } = value as Partial<Kept>;
  const known: readonly unknown[] = [...STEPS, 'done'];
  return known.includes(step) && Array.isArray(passed) && passed.every((each) => known.includes(each));
}

export class Setup {
  kept = $state.raw<Kept>(FRESH);
  /** By field, what is wrong. */
  errors = $state.raw<Record<string, string>>({});
  /** What is wrong beside any field. */
  general = $state<string | null>(null);
  busy = $state(false);
  draft = $state.raw(new WebhookDraft(null));
  /** Shown once, and only in this window's memory. */
  secret = $state('');
  /** The person says that the secret is kept. */
  sure = $state(false);
  /** No authentication, knowingly. */
  sureOfNone = $state(false);
  address = $state('');
  proxies = $state('');
  stuck = $state('2');
  warnings = $state.raw<readonly string[]>([]);
  /** Counts up where the focus belongs to the step anew. */
  turn = $state(0);

  readonly row: WebhookRow | null = $derived.by(
    () => this.webhooks.rows?.find((row) => row.slug === this.kept.webhook) ?? null,
  );
  /** Something that only the secret can sign was accepted: CentrePoint has it. */
  readonly isProven = $derived(
    this.row !== null &&
      (this.row.waiting === null || this.row.waiting.signed === true || this.row.validation === 'validated'),
  );
  /** It was shown in a window that was closed, and nobody said that it is kept. */
  readonly isLost = $derived(
    this.row !== null &&
      this.row.authentication !== 'none' &&
      this.secret === '' &&
      !this.kept.secretKept &&
      !this.isProven,
  );
  /** How many steps are left. */
  readonly left = $derived(STEPS.filter((step) => !this.kept.passed.includes(step)).length);
  /** Begun and not finished: Today says so. */
  readonly isUnfinished = $derived(this.kept.passed.length > 0 && this.kept.step !== 'done' && !this.kept.dismissed);

  constructor(
    private readonly backend: Backend,
    private readonly preferences: Preferences,
    private readonly settings: SettingsState,
    private readonly webhooks: WebhooksState,
  ) {}

  /** As it was left. */
  begin(): void {
    const kept = this.preferences.get(NAME, isKept);
    this.#take({ ...FRESH, ...kept });
  }

  /** Goes on with the one that is not finished, else begins another. */
  open(): void {
    if (this.kept.step === 'done') this.anew();
    else if (this.kept.dismissed) this.#keep({ dismissed: false });
  }

  /** Forgets what is typed. */
  anew(): void {
    this.#take(FRESH);
    this.preferences.set(NAME, null);
    this.preferences.flush();
    this.turn += 1;
  }

  /** Today need not remind of it. */
  dismiss(): void {
    this.#keep({ dismissed: true });
  }

  /** Remembers what is typed so far. */
  note(): void {
    const { draft } = this;
    this.#keep({
      name: draft.name,
      slug: draft.typedSlug,
      study: draft.study,
      zone: draft.zone,
      authentication: draft.authentication,
      username: draft.username,
      clientId: draft.clientId,
    });
  }

  choose(way: Way): void {
    this.#keep({ way });
    this.errors = {};
  }

  authenticate(way: Authentication): void {
    this.draft.authentication = way;
    this.errors = {};
    this.note();
  }

  /** Whether this step may be gone to: one that was passed, or the first that was not. */
  may(step: Step): boolean {
    const first = STEPS.find((each) => !this.kept.passed.includes(each));
    return this.kept.passed.includes(step) || step === first;
  }

  go(step: Step): void {
    if (!this.may(step)) return;
    this.note();
    this.#enter(step);
  }

  back(): void {
    const at = STEPS.indexOf(this.kept.step as Step);
    const before = STEPS[at - 1];
    if (before && !this.busy) this.go(before);
  }

  /** Leaves the step, once what it needs is there and kept. */
  async next(): Promise<void> {
    if (this.busy || this.kept.step === 'done') return;
    this.busy = true;
    this.errors = {};
    this.general = null;
    try {
      const { step } = this.kept;
      this.note();
      if (await this.#leaves(step)) {
        const passed = STEPS.filter((each) => each === step || this.kept.passed.includes(each));
        this.#keep({ passed });
        this.#enter(STEPS[STEPS.indexOf(step) + 1] ?? 'done');
      }
    } finally {
      this.busy = false;
    }
  }

  /** Makes a secret and adds the webhook with it; whether it is there. */
  async #create(): Promise<boolean> {
    const { draft } = this;
    const errors: Record<string, string> = {};
    if (draft.authentication === 'none' && !this.sureOfNone) errors['none'] = words.setup.proof.noneNeeded;
    try {
      draft.secret = draft.authentication === 'none' ? '' : await this.backend.secretGenerate();
      if (!draft.complete() || Object.keys(errors).length > 0) {
        this.errors = { ...draft.errors, ...errors };
        this.#toField();
        return false;
      }
      // Remembered first: a window that is closed between the two finds the webhook it added.
      this.#keep({ webhook: draft.slug, secretKept: draft.authentication === 'none' });
      this.preferences.flush();
      const { warnings } = await this.webhooks.save(draft.form(this.sureOfNone), true);
      this.warnings = warnings;
      this.secret = draft.secret;
      return true;
    } catch (thrown) {
      if (!this.row) this.#keep({ webhook: null });
      draft.refuse(thrown);
      this.errors = draft.errors;
      this.general = draft.general;
      this.#toField();
      return false;
    } finally {
      draft.secret = '';
    }
  }

  /** Another secret for the webhook that is there: the one before was not kept. */
  async renew(): Promise<void> {
    const { row } = this;
    if (!row || this.busy) return;
    this.busy = true;
    this.general = null;
    try {
      const draft = new WebhookDraft(row);
      draft.secret = await this.backend.secretGenerate();
      draft.keepOldHours = 0;
      const { warnings } = await this.webhooks.save(draft.form(false), false);
      this.warnings = warnings;
      this.secret = draft.secret;
      this.sure = false;
      this.#keep({ secretKept: false });
      this.#enter('portal');
    } catch (thrown) {
      this.general = failure(thrown).message;
    } finally {
      this.busy = false;
    }
  }

  async #leaves(step: Step): Promise<boolean> {
    switch (step) {
      case 'kind':
        return true;
      case 'study':
        return this.#leavesStudy();
      case 'reach':
        return this.#leavesReach();
      case 'proof':
        return this.row !== null || this.#create();
      case 'portal':
        return this.#leavesPortal();
      case 'last':
        return this.#leavesLast();
    }
  }

  async #leavesStudy(): Promise<boolean> {
    const { draft, row } = this;
    const w = words.setup.study;
    const errors: Record<string, string> = {};
    if (draft.name.trim() === '') errors['name'] = words.settings.form.missing;
    else if (!row) {
      if (!/^[a-z0-9][a-z0-9-]*$/.test(draft.slug)) errors['slug'] = w.slugWrong;
      else if (this.webhooks.rows?.some((other) => other.slug === draft.slug)) errors['slug'] = w.slugTaken;
    }
    this.errors = errors;
    if (Object.keys(errors).length > 0) return false;
    if (!row) return true;
    const { name, study, zone } = draft;
    return this.#edit(row, { name, study, zone });
  }

  async #leavesReach(): Promise<boolean> {
    const { value } = this.settings;
    if (!value || this.kept.way === 'later') return true;
    const address = this.address.trim().replace(/\/+$/, '');
    const typed = this.proxies.split(/[\s,]+/).filter((proxy) => proxy !== '');
    const trusted_proxies =
      this.kept.way === 'proxy'
        ? typed
        : this.kept.way === 'tunnel'
          ? [...new Set([...value.trusted_proxies, ...HERE])]
          : value.trusted_proxies;
    if (address === value.public_address && trusted_proxies.join() === value.trusted_proxies.join()) return true;
    const error = await this.settings.save({ public_address: address, trusted_proxies });
    if (!error) {
      this.webhooks.refresh();
      return true;
    }
    if (error.field === null) this.general = error.message;
    else this.errors = { [error.field]: error.message };
    return false;
  }

  /** Not before the secret is known to be kept: the person says so, or it has come back. */
  #leavesPortal(): boolean {
    if (this.secret !== '' && !this.isProven && !this.sure) {
      this.errors = { sure: words.setup.proof.sureNeeded };
      return false;
    }
    this.secret = '';
    this.#keep({ secretKept: true });
    return true;
  }

  async #leavesLast(): Promise<boolean> {
    const hours = Number(this.stuck);
    if (!Number.isFinite(hours) || hours <= 0 || hours > 8760) {
      this.errors = { stuck_after_hours: words.setup.last.stuckWrong };
      return false;
    }
    if (hours !== this.settings.value?.stuck_after_hours) {
      const error = await this.settings.save({ stuck_after_hours: hours });
      if (error) {
        this.errors = { stuck_after_hours: error.message };
        return false;
      }
    }
    const { row } = this;
    if (!row) return true;
    const { overdueDays, lateDays } = this.draft;
    return this.#edit(row, { overdueDays, lateDays });
  }

  /** Changes the webhook that was added, where it differs. */
  async #edit(
    row: WebhookRow,
    change: Partial<Pick<WebhookDraft, 'name' | 'study' | 'zone' | 'overdueDays' | 'lateDays'>>,
  ): Promise<boolean> {
    const draft = Object.assign(new WebhookDraft(row), change);
    if (!draft.complete()) {
      this.errors = draft.errors;
      return false;
    }
    try {
      await this.webhooks.save(draft.form(false), false);
      return true;
    } catch (thrown) {
      draft.refuse(thrown);
      this.errors = draft.errors;
      this.general = draft.general;
      return false;
    }
  }

  /** Where what is wrong is on another step, that one. */
  #toField(): void {
    if (['name', 'slug', 'study_id', 'time_zone'].some((field) => field in this.errors)) {
      this.#keep({ step: 'study' });
      this.turn += 1;
    }
  }

  #enter(step: Step | 'done'): void {
    this.fill();
    this.errors = {};
    this.general = null;
    this.#keep({ step });
    this.preferences.flush();
    this.turn += 1;
  }

  #take(kept: Kept): void {
    this.kept = kept;
    const draft = new WebhookDraft(null);
    draft.name = kept.name;
    if (kept.slug !== null) draft.setSlug(kept.slug);
    draft.study = kept.study;
    draft.zone = kept.zone;
    draft.authentication = kept.authentication;
    draft.username = kept.username;
    draft.clientId = kept.clientId;
    this.draft = draft;
    this.secret = '';
    this.sure = false;
    this.sureOfNone = false;
    this.errors = {};
    this.general = null;
  }

  /** Takes what is kept elsewhere into the fields. */
  fill(): void {
    const { value } = this.settings;
    this.address = value?.public_address ?? '';
    this.proxies = (value?.trusted_proxies ?? []).filter((proxy) => !HERE.includes(proxy)).join(', ');
    this.stuck = String(value?.stuck_after_hours ?? 2);
    this.draft.overdueDays = String(this.row?.overdue_days ?? 3);
    this.draft.lateDays = String(this.row?.late_days ?? 5);
  }

  #keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    this.preferences.set(NAME, this.kept);
  }
}
