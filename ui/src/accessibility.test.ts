import { screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';

import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

describe.each(['light', 'dark'])('in %s', (theme) => {
  it.each([
    ['today', '#/today'],
    ['problems', '#/problems'],
    ['uploads', '#/uploads'],
    ['subjects', '#/subjects'],
    ['events', '#/events'],
    ['webhooks', '#/settings'],
    ['general', '#/settings?tab=general'],
    ['notifications', '#/settings?tab=notifications'],
    ['about', '#/settings?tab=about'],
  ])('%s has no accessibility fault', async (_name, hash) => {
    localStorage.setItem('theme', theme);
    await openApp({}, hash);
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('what opens', () => {
  it.each(['summary', 'json', 'raw', 'headers', 'receipt'])('the inspector’s %s', async (tab) => {
    const { fake } = await openApp({}, '#/today');
    history.replaceState(null, '', `#/events?at=${fake.ledger.events.at(-1)?.row.sequence}&tab=${tab}`);
    window.dispatchEvent(new PopStateEvent('popstate'));
    await screen.findByTestId('inspector');
    await screen.findByTestId(`inspector-tab-${tab}`);
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('a problem', async () => {
    const { fake } = await openApp();
    const problem = [...fake.ledger.problems.keys()][0] ?? 0;
    fake.say({ type: 'open', target: { view: 'problems', problem, query: '' } });
    await screen.findByTestId('problem-story');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it.each([
    ['the export', '{Control>}e{/Control}', 'export-dialog'],
    ['the commands', '{Control>}k{/Control}', 'palette'],
    ['the keys', '?', 'help'],
  ])('%s', async (_name, keys, id) => {
    const { user } = await openApp();
    await user.keyboard(keys);
    await screen.findByTestId(id);
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('the form of a webhook', async () => {
    const { user } = await openApp({}, '#/settings');
    await user.click(await screen.findByTestId('webhook-add'));
    await screen.findByTestId('webhook-form');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('a first run', async () => {
    await openApp({ subjects: 0 });
    expect(await accessibilityFaults()).toEqual([]);
  });
});
