// The settings as the program keeps them, and the theme they ask for. The theme is also kept in the page, so that a reload starts in it.
import type { Backend } from '../ipc/backend';
import type { ApiError } from '../ipc/bindings/ApiError';
import type { Settings } from '../ipc/bindings/Settings';
import { failure } from './failure';

const REMEMBERED = 'theme';

/** Puts a theme on the page; `system` follows the system. Returns whether it is dark. */
export function applyTheme(theme: string): boolean {
  const dark = theme === 'dark' || (theme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  return dark;
}

/** The theme of the last time, before the program has answered. */
export function rememberedTheme(): string {
  try {
    return localStorage.getItem(REMEMBERED) ?? 'system';
  } catch {
    return 'system';
  }
}

export class SettingsState {
  value = $state.raw<Settings | null>(null);
  error = $state.raw<ApiError | null>(null);
  dark = $state(document.documentElement.dataset['theme'] === 'dark');

  constructor(private readonly backend: Backend) {}

  get operator(): string {
    return this.value?.operator ?? '';
  }

  async load(): Promise<void> {
    try {
      this.#take(await this.backend.settings());
      this.error = null;
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }

  /** Keeps a change; returns what went wrong, or null. What is shown is what is kept. */
  async save(change: Partial<Settings>): Promise<ApiError | null> {
    if (!this.value) return null;
    const before = this.value;
    this.#take({ ...before, ...change });
    try {
      await this.backend.settingsSet({ ...before, ...change });
      return null;
    } catch (thrown) {
      this.#take(before);
      return failure(thrown);
    }
  }

  /** Follows the system's theme; returns the way to stop. */
  followSystem(): () => void {
    const media = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => (this.dark = applyTheme(this.value?.theme ?? rememberedTheme()));
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }

  #take(settings: Settings): void {
    this.value = settings;
    this.dark = applyTheme(settings.theme);
    try {
      localStorage.setItem(REMEMBERED, settings.theme);
    } catch {
      // Without storage the next start begins in the system's theme.
    }
  }
}
