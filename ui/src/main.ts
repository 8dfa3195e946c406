// Starts the window: on the program behind it, or, in a plain browser, on a made-up one.
import './styles/tokens.css';
import './styles/base.css';
import './styles/overlays.css';
import './styles/tabs.css';

import { mount } from 'svelte';

import App from './App.svelte';
import type { Backend } from './ipc/backend';
import { insideTauri, tauriBackend } from './ipc/tauri';
import { applyTheme, rememberedTheme } from './state/settings.svelte';

async function backend(): Promise<Backend> {
  // The made-up one is left out of what ships.
  if (__FAKE__ && !insideTauri()) {
    const { fakeForBrowser } = await import('./ipc/fake');
    return fakeForBrowser(new URLSearchParams(location.search));
  }
  return tauriBackend();
}

applyTheme(rememberedTheme());

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target, props: { backend: await backend() } });
