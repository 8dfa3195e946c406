// The program behind the window, over Tauri's IPC. The one file that imports @tauri-apps.
import { Channel, invoke } from '@tauri-apps/api/core';

import type { Backend } from './backend';
import type { LiveMessage } from './bindings/LiveMessage';

export function tauriBackend(): Backend {
  return {
    subscribe: (listen) => {
      // Everything that is new at one time comes together.
      const channel = new Channel<LiveMessage[]>();
      channel.onmessage = (messages) => messages.forEach(listen);
      return invoke('subscribe', { channel });
    },
    today: (query) => invoke('today', { query }),
    changes: (query) => invoke('changes', { query }),
    looked: () => invoke('looked'),
    look: () => invoke('look'),
    events: (query) => invoke('events', { query }),
    event: (sequence) => invoke('event', { sequence }),
    uploads: (query) => invoke('uploads', { query }),
    countRows: (list, query) => invoke('count_rows', { list, query }),
    subjects: (query) => invoke('subjects', { query }),
    subject: (key) => invoke('subject', { key }),
    subjectAct: (act) => invoke('subject_act', { act }),
    subjectsChooseFile: () => invoke('subjects_choose_file'),
    pemChooseFile: () => invoke('pem_choose_file'),
    subjectsImport: (request) => invoke('subjects_import', { request }),
    problemGroups: (query) => invoke('problem_groups', { query }),
    problems: (query) => invoke('problems', { query }),
    problem: (id) => invoke('problem', { id }),
    problemAct: (act) => invoke('problem_act', { act }),
    searchTerms: (text) => invoke('search_terms', { text }),
    searchValues: (query) => invoke('search_values', { query }),
    savedSearches: () => invoke('saved_searches'),
    savedSearchesSet: (searches) => invoke('saved_searches_set', { searches }),
    preferences: () => invoke('preferences'),
    preferenceSet: (name, value) => invoke('preference_set', { name, value }),
    zoom: (factor) => invoke('zoom', { factor }),
    rejections: (limit) => invoke('rejections', { limit }),
    rejectionsRecover: (slug, dryRun) => invoke('rejections_recover', { slug, dryRun }),
    timeAway: (limit) => invoke('time_away', { limit }),
    timeAwayCheck: (check) => invoke('time_away_check', { check }),
    awayGap: (query) => invoke('away_gap', { query }),
    historyChooseFiles: () => invoke('history_choose_files'),
    historyImport: (request) => invoke('history_import', { request }),
    historyProgress: () => invoke('history_progress'),
    historyStop: () => invoke('history_stop'),
    noticesDismiss: (ids) => invoke('notices_dismiss', { ids }),
    webhooks: () => invoke('webhooks'),
    webhookAdd: (form) => invoke('webhook_add', { form }),
    webhookEdit: (form) => invoke('webhook_edit', { form }),
    webhookSetEnabled: (slug, enabled) => invoke('webhook_set_enabled', { slug, enabled }),
    escalation: () => invoke('escalation'),
    escalationSet: (form) => invoke('escalation_set', { form }),
    escalationTest: () => invoke('escalation_test'),
    webhookSilence: (slug) => invoke('webhook_silence', { slug }),
    webhookSilenceSet: (slug, rule) => invoke('webhook_silence_set', { slug, rule }),
    webhookEndFormer: (slug) => invoke('webhook_end_former', { slug }),
    webhookRemove: (slug) => invoke('webhook_remove', { slug }),
    secretGenerate: () => invoke('secret_generate'),
    settings: () => invoke('settings'),
    settingsSet: (settings) => invoke('settings_set', { settings }),
    settingsExport: () => invoke('settings_export'),
    settingsChooseFile: () => invoke('settings_choose_file'),
    settingsImport: (request) => invoke('settings_import', { request }),
    notifications: (limit) => invoke('notifications', { limit }),
    notificationsRead: (ids) => invoke('notifications_read', { ids }),
    notificationsMute: (until) => invoke('notifications_mute', { until }),
    notificationsTest: () => invoke('notifications_test'),
    about: () => invoke('about'),
    practiceState: () => invoke('practice_state'),
    practiceSteer: (wanted) => invoke('practice_steer', { wanted }),
    practiceOpen: () => invoke('practice_open'),
    practiceLeave: () => invoke('practice_leave'),
    practiceStartOver: () => invoke('practice_start_over'),
    printPage: () => invoke('print_page'),
    textSave: (name, text) => invoke('text_save', { name, text }),
    autostart: () => invoke('autostart'),
    autostartSet: (on) => invoke('autostart_set', { on }),
    quit: () => invoke('quit'),
    backups: () => invoke('backups'),
    doctor: () => invoke('doctor'),
    doctorStart: () => invoke('doctor_start'),
    clockServer: () => invoke('clock_server'),
    clockServerSet: (url) => invoke('clock_server_set', { url }),
    exportDefaultPath: (query, profile) => invoke('export_default_path', { query, profile }),
    exportChoosePath: (path) => invoke('export_choose_path', { path }),
    exportStart: (request) => invoke('export_start', { request }),
    exportCancel: (id) => invoke('export_cancel', { id }),
    exportReveal: (path) => invoke('export_reveal', { path }),
  };
}

/** Whether this page is inside the program. */
export function insideTauri(): boolean {
  return '__TAURI_INTERNALS__' in window;
}
