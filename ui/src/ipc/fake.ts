// A program behind the window that exists only in memory: for tests, and for looking at the window in a browser. A seeded study is in it.
import type { Backend } from './backend';
import type { ApiError } from './bindings/ApiError';
import type { Autostart } from './bindings/Autostart';
import type { Backups } from './bindings/Backups';
import type { ExportProgress } from './bindings/ExportProgress';
import type { PracticeState } from './bindings/PracticeState';
import type { Settings } from './bindings/Settings';
import type { SettingsImport } from './bindings/SettingsImport';
import type { SettingsPlan } from './bindings/SettingsPlan';
import { FakeNotifications } from './fake/notifications';
import { matcher, ofEvent } from './fake/search';
import { fail } from './fake/program';
import { Receiving } from './fake/receiving';

export type { FakeOptions } from './fake/program';

export class Fake extends Receiving implements Backend {
  /** The file a person chooses for settings, what it changes, and what was asked. */
  settingsFile: string | null = '/home/rossi/settings.json';
  settingsPlan: SettingsPlan = { exported_at: null, changes: [], notes: [] };
  settingsFailure: ApiError | null = null;
  settingsRequests: SettingsImport[] = [];
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
  revealed: string[] = [];
  notified = new FakeNotifications();
  /** What the system has about starting with the computer. */
  autostartValue: Autostart = { state: 'off', other: null };
  #exports = 0;
  #cancelled = new Set<number>();

  pemChooseFile() {
    return this.answer('pemChooseFile', () => '/etc/hooks/key.pem');
  }

  settings() {
    return this.answer('settings', () => ({ ...this.settingsValue }));
  }

  settingsSet(settings: Settings) {
    return this.answer('settingsSet', () => {
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
    return this.answer('settingsExport', () => this.settingsFile);
  }

  settingsChooseFile() {
    return this.answer('settingsChooseFile', () => this.settingsFile);
  }

  settingsImport(request: SettingsImport) {
    return this.answer('settingsImport', () => {
      if (this.settingsFailure) throw this.settingsFailure;
      this.settingsRequests.push(request);
      return this.settingsPlan;
    });
  }

  notifications(limit: number) {
    return this.answer('notifications', () => this.notified.page(limit));
  }

  notificationsRead(ids: number[]) {
    return this.answer('notificationsRead', () => this.notified.read(ids));
  }

  notificationsMute(until: string) {
    return this.answer('notificationsMute', () => {
      if (until === 'soon') throw fail('invalid', 'the day is one that is still to come', 'until');
      return this.notified.mute(until, this.now());
    });
  }

  notificationsTest() {
    return this.answer('notificationsTest', () => this.notified.test);
  }

  about() {
    return this.answer('about', () => ({
      version: '0.1.0',
      data_folder: '/home/rossi/.local/share/centrepoint-monitor',
      practice: this.practising !== null,
      time_zone: 'Europe/Rome',
      export_folder: '/home/rossi/Documents',
      senders: ['13.82.60.74', '40.114.106.25'],
    }));
  }

  practiceState() {
    return this.answer('practiceState', () => this.practising);
  }

  practiceSteer(wanted: PracticeState) {
    return this.answer('practiceSteer', () => (this.practising = wanted));
  }

  practiceOpen() {
    return this.answer('practiceOpen', () => undefined);
  }

  practiceLeave() {
    return this.answer('practiceLeave', () => undefined);
  }

  practiceStartOver() {
    return this.answer('practiceStartOver', () => undefined);
  }

  printPage() {
    return this.answer('printPage', () => undefined);
  }

  textSave(name: string, text: string) {
    return this.answer('textSave', () => {
      this.texts[name] = text;
      return true;
    });
  }

  autostart() {
    return this.answer('autostart', () => this.autostartValue);
  }

  autostartSet(on: boolean) {
    return this.answer('autostartSet', () => {
      this.autostartValue = { state: on ? 'on' : 'off', other: null };
      return this.autostartValue;
    });
  }

  quit() {
    return this.answer('quit', () => undefined);
  }

  backups() {
    return this.answer('backups', () => this.backupsValue);
  }

  exportDefaultPath(_query: string, profile: string) {
    const stamp = this.now().toISOString().slice(0, 16).replace(':', '');
    const kind = profile === 'xlsx' ? 'xlsx' : 'csv';
    return this.answer('exportDefaultPath', () => `/home/rossi/Documents/study-189_events_${stamp}Z.${kind}`);
  }

  exportChoosePath(path: string) {
    return this.answer('exportChoosePath', () => path.replace('Documents', 'Desktop'));
  }

  exportStart(request: { query: string; path: string }) {
    return this.answer('exportStart', () => {
      if (request.path.trim() === '') throw fail('invalid', 'Say where the file should go.', 'path');
      const id = (this.#exports += 1);
      const matches = matcher(request.query);
      const total = this.ledger.events.filter((kept) => matches(ofEvent(kept.row))).length;
      void this.#export({ id, state: 'running', rows: 0, total, path: request.path, message: null });
      return id;
    });
  }

  exportCancel(id: number) {
    return this.answer('exportCancel', () => {
      this.#cancelled.add(id);
    });
  }

  exportReveal(path: string) {
    return this.answer('exportReveal', () => {
      this.revealed.push(path);
    });
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
