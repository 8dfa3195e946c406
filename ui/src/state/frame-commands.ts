// What can be done everywhere, by name. What a view can do with what is selected in it, it offers itself.
import type { Offer } from './commands';
import { VIEWS } from './router.svelte';
import type { Session } from './session.svelte';

export function frameCommands(session: Session): Offer[] {
  const { backend, router, zoom } = session;
  const views = VIEWS.map((view): Offer => ({ id: view, run: () => router.show(view) }));
  const offers: (Offer | null)[] = [
    ...views,
    { id: 'search', run: () => session.beginSearch() },
    { id: 'palette', run: () => (session.palette = !session.palette) },
    { id: 'export', run: () => session.beginExport() },
    session.searched && { id: 'save_search', run: () => (session.saving = session.searched) },
    { id: 'manage_searches', run: () => (session.managing = true) },
    { id: 'show_errors', run: () => session.openEvents('is:error') },
    { id: 'show_open', run: () => router.go({ view: 'problems', tab: 'open' }) },
    { id: 'undo', run: () => void session.undo.latest() },
    { id: 'add_webhook', run: () => session.addWebhook() },
    { id: 'setup', run: () => session.openSetup() },
    { id: 'check_setup', run: () => session.checkSetup() },
    { id: 'zoom_in', run: () => void zoom.larger() },
    { id: 'zoom_out', run: () => void zoom.smaller() },
    { id: 'zoom_reset', run: () => void zoom.reset() },
    { id: 'help', run: () => (session.help = true) },
    { id: 'quit', run: () => void backend.quit() },
  ];
  return offers.filter((offer) => offer !== null);
}
