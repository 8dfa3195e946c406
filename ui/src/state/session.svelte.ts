// Everything the window knows, put together once: the program behind it, where the person is, what is shown. Views take it from the context.
import { createContext, untrack } from 'svelte';

import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { NotificationTarget } from '../ipc/bindings/NotificationTarget';
import { term } from '../text/query';
import { AwayState } from './away.svelte';
import { Comparison } from './compare.svelte';
import { DoctorState } from './doctor.svelte';
import { EventList } from './events.svelte';
import { ExportState } from './export.svelte';
import { HistoryState } from './history.svelte';
import { Inbox } from './inbox.svelte';
import { Keys } from './keys.svelte';
import { Live } from './live.svelte';
import { Notifications } from './notifications.svelte';
import { PagedList } from './paged.svelte';
import { PracticeState } from './practice.svelte';
import { Preferences } from './preferences.svelte';
import { ProblemActs } from './problem-acts.svelte';
import { eventsOf, filterIn, filterNamed, queryOf } from './problem-filters';
import { Router, type View } from './router.svelte';
import { isSearched, SEARCHED, Searches, type Searched } from './searches.svelte';
import { Scope } from './scope.svelte';
import { SettingsState } from './settings.svelte';
import { Setup } from './setup.svelte';
import { Since } from './since.svelte';
import { Terms } from './terms';
import { Ticking } from './time.svelte';
import { SubjectBoard } from './subjects.svelte';
import { TodayState } from './today.svelte';
import { Undo } from './undo.svelte';
import { WebhooksState } from './webhooks.svelte';
import { Zoom } from './zoom.svelte';

export class Session {
  readonly live: Live;
  readonly router = new Router();
  readonly keys = new Keys();
  readonly time = new Ticking();
  readonly undo = new Undo();
  readonly terms: Terms;
  readonly searches: Searches;
  readonly preferences: Preferences;
  readonly zoom: Zoom;
  readonly settings: SettingsState;
  readonly setup: Setup;
  readonly practice: PracticeState;
  readonly scope: Scope;
  readonly today: TodayState;
  readonly since: Since;
  readonly events: EventList;
  readonly comparison: Comparison;
  readonly webhooks: WebhooksState;
  readonly away: AwayState;
  readonly history: HistoryState;
  readonly doctor: DoctorState;
  readonly export: ExportState;
  readonly notifications: Notifications;
  readonly inbox: Inbox;
  readonly acts: ProblemActs;
  readonly uploads;
  readonly subjects;

  /** What lies over the views. */
  palette = $state(false);
  help = $state(false);
  /** The search that is being given a name. */
  saving = $state.raw<{ view: Searched; query: string } | null>(null);
  /** The saved searches are being put in order. */
  managing = $state(false);
  /** The search box was asked for; the next one there takes the focus. */
  wantsSearch = $state(false);
  /** The form for a new webhook was asked for; Settings opens it. */
  wantsWebhook = $state(false);
  /** A setting was looked for; Settings goes to it. */
  wantsSetting = $state<string | null>(null);
  /** The subscription is up; views may take their snapshots. */
  ready = $state(false);
  /** Why the program cannot be reached, where that is so. */
  broken = $state<string | null>(null);

  /** What Today looks at is known: remembered, and there. */
  #placed = $state(false);

  constructor(readonly backend: Backend) {
    this.live = new Live(backend);
    this.settings = new SettingsState(backend);
    this.preferences = new Preferences(backend);
    this.terms = new Terms(backend);
    this.searches = new Searches(backend);
    this.comparison = new Comparison(backend);
    this.webhooks = new WebhooksState(backend);
    this.away = new AwayState(backend);
    this.setup = new Setup(backend, this.preferences, this.settings, this.webhooks);
    this.practice = new PracticeState(backend);
    this.history = new HistoryState(backend, this.preferences);
    this.doctor = new DoctorState(backend);
    this.scope = new Scope(this.preferences, this.webhooks);
    this.today = new TodayState(backend, this.live, this.scope);
    this.zoom = new Zoom(backend, this.preferences);
    this.since = new Since(backend, undefined, undefined, this.scope);
    this.events = new EventList(backend);
    this.export = new ExportState(backend, this.live);
    this.notifications = new Notifications(backend);
    this.inbox = new Inbox(backend);
    this.acts = new ProblemActs(backend);
    this.uploads = new PagedList({
      fetch: (query) => backend.uploads(query),
      count: (query) => backend.countRows('uploads', query),
      key: (row) => row.key,
      identity: (row) => `${row.webhook}|${row.study_id ?? ''}|${row.upload_id}`,
    });
    this.subjects = new SubjectBoard(backend);
  }

  /** Subscribes, then takes the snapshots. Returns the way to stop. */
  start(): () => void {
    const offs = [
      this.router.listen(),
      this.settings.followSystem(),
      this.today.start(),
      this.since.start(this.live),
      this.live.on('state', () => {
        void this.settings.load();
        this.webhooks.refresh();
        this.today.refresh();
      }),
      this.live.on('open', (target) => this.openTarget(target)),
      this.notifications.start(this.live),
      this.#followScope(),
    ];
    this.time.start();
    void this.#connect();
    return () => {
      for (const off of offs) off();
      this.preferences.flush();
      this.time.stop();
      this.events.stop();
      this.inbox.stop();
      this.uploads.stop();
      this.subjects.stop();
      this.away.stop();
      this.doctor.stop();
    };
  }

  /** Says what was done; `way` takes it back. */
  done(text: string, way?: () => Promise<void>): void {
    this.undo.done(text, way);
  }

  /** Says that an act was not kept. */
  failed(error: ApiError): void {
    this.undo.failed(error);
  }

  /** Shows the checks of the set-up, and begins them. */
  checkSetup(): void {
    this.router.go({ view: 'settings', tab: 'check' });
    void this.doctor.run();
  }

  /** Today of one webhook, or of all (empty). */
  look(webhook: string): void {
    this.scope.choose(webhook);
  }

  /** A subject's page, among those of a query where one gives it company. */
  openSubject(key: number, query = ''): void {
    this.router.go({ view: 'subjects', query, at: key });
  }

  /** An upload's life, by the sequence of any of its events. */
  openUpload(at: number, query = ''): void {
    this.router.go({ view: 'uploads', query, at });
  }

  openProblem(id: number | null, query = ''): void {
    this.router.go({ view: 'problems', query, at: id });
  }

  /** What a notification is about. */
  openTarget({ view, problem, query }: NotificationTarget): void {
    if (view === 'problems') this.openProblem(problem, query);
    else if (view === 'subjects') {
      this.subjects.filter = 'silent';
      this.router.go({ view: 'subjects', query });
    } else if (view === 'settings') this.router.go({ view: 'settings', tab: 'notifications' });
    else this.router.show('today');
  }

  /** One event in the inspector, among those of a query where one gives it company. */
  openEvent(sequence: number, query = ''): void {
    this.router.go({ view: 'events', query, at: sequence });
  }

  openEvents(query: string): void {
    this.router.go({ view: 'events', query });
  }

  /** A search of a list, as it was saved. */
  openSearch(view: string, query: string): void {
    const known = SEARCHED.find((one) => one === view) ?? 'events';
    this.router.go({ view: known, ...(known === 'problems' ? filterIn(query) : { query }) });
  }

  /** The search in force, to be kept: the list it is of, and all that it asks. Null where nothing is searched for. */
  get searched(): { view: Searched; query: string } | null {
    const { view, query, tab } = this.router.place;
    if (!isSearched(view) || query === '') return null;
    return { view, query: view === 'problems' ? queryOf(filterNamed(tab), query) : query };
  }

  /** The search box of the list that is shown; without one, that of the events. */
  beginSearch(): void {
    this.wantsSearch = true;
    if (!isSearched(this.router.place.view)) this.router.show('events');
  }

  /** The page of a subject by its id; where that is not one's alone, the list of them. */
  async findSubject(id: string): Promise<void> {
    const query = term('subject', id);
    const found = await this.backend.subjects({ query, before: null, limit: 2 }).catch(() => null);
    const [one, another] = found?.rows ?? [];
    if (one && !another) this.openSubject(one.key);
    else this.router.go({ view: 'subjects', query });
  }

  addWebhook(): void {
    this.wantsWebhook = true;
    this.router.go({ view: 'settings', tab: 'webhooks' });
  }

  /** Goes to one setting, by its id in the index. */
  openSetting(id: string): void {
    this.wantsSetting = id;
    this.router.show('settings');
  }

  /** The set-up of a study: the one that is not finished, else of another one. */
  openSetup(): void {
    this.setup.open();
    this.router.show('setup');
  }

  /** The export dialog, on the search in force: the events behind what is shown. */
  beginExport(): void {
    const { view, query, tab } = this.router.place;
    const asked: Record<View, string> = {
      events: query,
      uploads: query,
      subjects: query,
      problems: eventsOf(filterNamed(tab), query),
      today: this.scope.within(),
      settings: '',
      setup: '',
    };
    void this.export.begin(asked[view], asked[view] === '' ? 'events' : view);
  }

  /** Another webhook is chosen, or the one that was is gone: what was asked of it is asked anew. */
  #followScope(): () => void {
    return $effect.root(() => {
      let asked: string | null = null;
      $effect(() => {
        if (!this.#placed) return;
        const { webhook } = this.scope;
        if (asked !== null && asked !== webhook)
          untrack(() => {
            this.today.refresh();
            this.since.refresh();
          });
        asked = webhook;
      });
    });
  }

  async #connect(): Promise<void> {
    try {
      await this.live.start();
      this.ready = true;
    } catch (thrown) {
      this.broken =
        thrown instanceof Error ? thrown.message : String((thrown as { message?: string }).message ?? thrown);
    }
    const remembered = this.preferences.begin();
    // A remembered webhook may have been removed: nothing is asked of it before it is known to be there.
    const placed = Promise.all([remembered, this.webhooks.load()]).then(() => {
      this.scope.begin();
      this.#placed = true;
    });
    await Promise.all([
      this.settings.load(),
      this.notifications.load(),
      this.searches.begin(),
      this.practice.load(),
      remembered.then(() => {
        this.setup.begin();
        return this.zoom.begin();
      }),
      placed.then(() => Promise.all([this.today.fetch(), this.since.begin()])),
    ]);
  }
}

export const [useSession, provideSession] = createContext<Session>();
