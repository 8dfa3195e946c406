// Every setting by its name, what it does, and the other words people use for it: what the search of the settings and the palette look in.
// A section of the settings adds its lines here; nothing else has to know of it.
import { words } from '../words/en';

export const TABS = ['webhooks', 'general', 'notifications', 'escalation', 'check', 'away', 'about'] as const;
export type Tab = (typeof TABS)[number];

export interface Setting {
  id: string;
  tab: Tab;
  /** The test id of what has the focus then, or is scrolled to. */
  at: string;
  name: string;
  text: string;
  /** Other words for it, never shown. */
  also: string;
}

const { general, webhooks, backups, rejections, about, transfer } = words.settings;
const { notifications } = words;
const { also, titles } = words.finding;

export const SETTINGS: readonly Setting[] = [
  {
    id: 'webhooks',
    tab: 'webhooks',
    at: 'webhook-add',
    name: webhooks.title,
    text: webhooks.text,
    also: also.webhooks,
  },
  {
    id: 'setup',
    tab: 'webhooks',
    at: 'webhook-guided',
    name: webhooks.guided,
    text: words.setup.kind.text,
    also: also.setup,
  },
  {
    id: 'rejections',
    tab: 'webhooks',
    at: 'rejections-section',
    name: titles.rejections,
    text: rejections.text,
    also: also.rejections,
  },
  {
    id: 'operator',
    tab: 'general',
    at: 'setting-operator',
    name: general.operator,
    text: general.operatorHint,
    also: also.operator,
  },
  {
    id: 'theme',
    tab: 'general',
    at: 'theme-system',
    name: general.theme,
    text: general.themeHint,
    also: also.theme,
  },
  {
    id: 'address',
    tab: 'general',
    at: 'setting-public-address',
    name: general.publicAddress,
    text: general.publicAddressHint,
    also: also.address,
  },
  {
    id: 'proxies',
    tab: 'general',
    at: 'setting-proxies',
    name: general.proxies,
    text: general.proxiesHint,
    also: also.proxies,
  },
  {
    id: 'listening',
    tab: 'general',
    at: 'setting-listen',
    name: general.listening.address,
    text: general.listening.text,
    also: also.listening,
  },
  {
    id: 'certificate',
    tab: 'general',
    at: 'setting-tls-certificate',
    name: general.tls.certificate,
    text: general.tls.text,
    also: also.certificate,
  },
  {
    id: 'key',
    tab: 'general',
    at: 'setting-tls-key',
    name: general.tls.key,
    text: general.tls.keyHint,
    also: also.key,
  },
  {
    id: 'autostart',
    tab: 'general',
    at: 'setting-autostart',
    name: general.autostart.label,
    text: general.autostart.hint,
    also: also.autostart,
  },
  {
    id: 'stuck',
    tab: 'general',
    at: 'setting-stuck',
    name: general.stuck,
    text: general.stuckHint,
    also: also.stuck,
  },
  {
    id: 'backups',
    tab: 'general',
    at: 'backups',
    name: backups.title,
    text: backups.elsewhere,
    also: also.backups,
  },
  {
    id: 'history',
    tab: 'general',
    at: 'history-open',
    name: words.history.open,
    text: titles.history,
    also: also.history,
  },
  {
    id: 'transfer',
    tab: 'general',
    at: 'settings-export',
    name: transfer.title,
    text: transfer.text,
    also: also.transfer,
  },
  {
    id: 'popups',
    tab: 'notifications',
    at: 'setting-popups',
    name: notifications.on,
    text: notifications.onHint,
    also: also.popups,
  },
  {
    id: 'subjects',
    tab: 'notifications',
    at: 'setting-popup-subjects',
    name: notifications.subjects,
    text: notifications.subjectsHint,
    also: also.subjects,
  },
  {
    id: 'testPopUp',
    tab: 'notifications',
    at: 'test-pop-up',
    name: notifications.test,
    text: notifications.popUpsText,
    also: also.testPopUp,
  },
  {
    id: 'kinds',
    tab: 'notifications',
    at: 'notify-upload_error',
    name: notifications.what,
    text: notifications.whatText,
    also: also.kinds,
  },
  {
    id: 'mute',
    tab: 'notifications',
    at: 'mute',
    name: notifications.mute,
    text: titles.mute,
    also: also.mute,
  },
  {
    id: 'quiet',
    tab: 'notifications',
    at: 'setting-quiet',
    name: notifications.quiet,
    text: notifications.quietHint,
    also: also.quiet,
  },
  {
    id: 'days',
    tab: 'notifications',
    at: 'pop-up-days',
    name: notifications.daysLabel,
    text: notifications.daysHint,
    also: also.days,
  },
  {
    id: 'inbox',
    tab: 'notifications',
    at: 'notifications-inbox',
    name: notifications.inbox,
    text: notifications.inboxText,
    also: also.inbox,
  },
  {
    id: 'escalation',
    tab: 'escalation',
    at: 'escalation-on',
    name: words.settings.escalation.on,
    text: words.settings.escalation.onHint,
    also: also.escalation,
  },
  {
    id: 'mail',
    tab: 'escalation',
    at: 'escalation-mail',
    name: titles.mail,
    text: words.settings.escalation.onHint,
    also: also.mail,
  },
  {
    id: 'check',
    tab: 'check',
    at: 'doctor-run',
    name: words.settings.check.title,
    text: words.settings.check.text,
    also: also.check,
  },
  {
    id: 'away',
    tab: 'away',
    at: 'settings-tab-away',
    name: titles.away,
    text: words.settings.tabs.away,
    also: also.away,
  },
  {
    id: 'about',
    tab: 'about',
    at: 'settings-tab-about',
    name: titles.about,
    text: about.text,
    also: also.about,
  },
];

/** Shown at most. */
const MOST = 8;

/** Settings that have every word that is typed, in any form: in the name first, then in what is said of them. */
export function findSettings(typed: string, all: readonly Setting[] = SETTINGS): Setting[] {
  const wanted = fold(typed)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (wanted.length === 0) return [];
  return all
    .map((setting) => ({ setting, score: scoreOf(setting, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ setting }) => setting);
}

function scoreOf({ name, text, also: others }: Setting, wanted: readonly string[]): number {
  const [inName, inOthers, inText] = [fold(name), fold(others), fold(text)];
  let score = 0;
  for (const word of wanted) {
    if (begins(inName, word)) score += 8;
    else if (inName.includes(word)) score += 5;
    else if (begins(inOthers, word)) score += 4;
    else if (begins(inText, word)) score += 1;
    else return 0;
  }
  return score;
}

/** Whether a word of the text begins with it. */
function begins(text: string, word: string): boolean {
  return text.startsWith(word) || text.includes(` ${word}`);
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
