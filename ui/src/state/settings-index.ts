// Every setting by its name, what it does, and the other words people use for it: what the search of the settings and the palette look in.
// A section of the settings adds its lines here; nothing else has to know of it.
import { words } from '../words/en';

export const TABS = ['webhooks', 'general', 'away', 'about'] as const;
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

const { general, webhooks, backups, rejections, about } = words.settings;
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
  { id: 'theme', tab: 'general', at: 'theme-system', name: general.theme, text: general.themeHint, also: also.theme },
  {
    id: 'popups',
    tab: 'general',
    at: 'setting-popups',
    name: general.popups,
    text: general.popupsHint,
    also: also.popups,
  },
  {
    id: 'subjects',
    tab: 'general',
    at: 'setting-popup-subjects',
    name: general.popupSubjects,
    text: general.popupSubjectsHint,
    also: also.subjects,
  },
  { id: 'stuck', tab: 'general', at: 'setting-stuck', name: general.stuck, text: general.stuckHint, also: also.stuck },
  { id: 'backups', tab: 'general', at: 'backups', name: backups.title, text: backups.elsewhere, also: also.backups },
  {
    id: 'away',
    tab: 'away',
    at: 'settings-tab-away',
    name: titles.away,
    text: words.settings.tabs.away,
    also: also.away,
  },
  { id: 'about', tab: 'about', at: 'settings-tab-about', name: titles.about, text: about.text, also: also.about },
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
