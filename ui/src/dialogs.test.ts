import { screen, waitFor } from '@testing-library/svelte';
import type { UserEvent } from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { Fake } from './ipc/fake';
import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';

interface Case {
  name: string;
  hash: string;
  dialog: string;
  /** Opens it by keyboard alone and returns what should have the focus again afterwards. */
  open: (user: UserEvent, fake: Fake) => Promise<() => Element | null>;
  /** What has the focus first. */
  first: string;
}

const focused = () => document.activeElement;
const byTest = (id: string) => () => document.querySelector(`[data-testid="${id}"]`);

/** The cursor on one problem, in its group. */
async function onProblem(user: UserEvent) {
  await screen.findAllByTestId('problem-row');
  await user.keyboard('jj{ArrowRight}j');
}

const problem = (name: string, key: string, first: string): Case => ({
  name,
  hash: '#/problems',
  dialog: 'act-dialog',
  open: async (user) => {
    await onProblem(user);
    await user.keyboard(key);
    return byTest('problems-list');
  },
  first,
});

/** Focus on a button, then Enter, as the keyboard does it. */
const pressed = async (user: UserEvent, id: string) => {
  const [button] = await screen.findAllByTestId(id);
  button?.focus();
  await user.keyboard('{Enter}');
  return () => button ?? null;
};

const CASES: Case[] = [
  problem('acknowledge', 'a', 'act-note'),
  problem('snooze', 's', 'snooze-'),
  problem('note', 'n', 'act-note'),
  problem('contact', 'l', 'act-note'),
  {
    name: 'import',
    hash: '#/subjects',
    dialog: 'import-dialog',
    open: (user) => pressed(user, 'subjects-import'),
    first: 'import-webhook',
  },
  {
    name: 'subject',
    hash: '#/subjects',
    dialog: 'subject-act-dialog',
    open: async (user) => {
      await screen.findAllByTestId('subject-row');
      await user.keyboard('j{Enter}');
      await screen.findByTestId('subject-pane');
      return pressed(user, 'subject-note');
    },
    first: 'subject-act-note',
  },
  {
    name: 'webhook',
    hash: '#/settings',
    dialog: 'webhook-form',
    open: (user) => pressed(user, 'webhook-add'),
    first: 'webhook-name',
  },
];

afterEach(() => {
  delete document.documentElement.dataset['theme'];
});

describe.each(CASES)('the dialog $name', ({ hash, dialog, open, first }) => {
  it('opens on its first field, keeps the focus inside, and gives it back on Escape', async () => {
    const { fake, user } = await openApp({ subjects: 30 }, hash);
    const back = await open(user, fake);
    const inside = (await screen.findByTestId(dialog)).closest('[role="dialog"]');
    await waitFor(() => expect(focused()?.getAttribute('data-testid')).toMatch(new RegExp(`^${first}`)));
    const visited = new Set<Element | null>();
    for (let step = 0; step < 40; step += 1) {
      await user.tab();
      expect(inside?.contains(focused()), `Tab ${step} left the dialog`).toBe(true);
      if (visited.has(focused())) break;
      visited.add(focused());
    }
    expect(visited.size, 'Tab goes around').toBeGreaterThan(2);
    await user.tab({ shift: true });
    expect(inside?.contains(focused())).toBe(true);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId(dialog)).toBeNull());
    await waitFor(() => expect(focused()).toBe(back()));
  });

  it.each(['light', 'dark'])('has no accessibility fault in %s', async (theme) => {
    localStorage.setItem('theme', theme);
    const { fake, user } = await openApp({ subjects: 12 }, hash);
    await open(user, fake);
    await screen.findByTestId(dialog);
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('the focus', () => {
  it('is in the list after an act and after taking it back, though the line is gone', async () => {
    const { fake, user } = await openApp({ subjects: 30 }, '#/problems');
    await onProblem(user);
    await user.keyboard('a');
    await screen.findByTestId('act-dialog');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(fake.calls).toContain('problemAct'));
    await waitFor(() => expect(screen.getByTestId('problems-list')).toHaveFocus());
    await user.keyboard('{Control>}z{/Control}');
    await screen.findByText('Undone.');
    expect(screen.getByTestId('problems-list')).toHaveFocus();
  });

  it('is in the list when the button that was pressed is gone: a subject that is finished', async () => {
    const { user } = await openApp({ subjects: 12 }, '#/subjects');
    await screen.findAllByTestId('subject-row');
    await user.keyboard('j{Enter}');
    await screen.findByTestId('subject-pane');
    await pressed(user, 'subject-finish');
    await screen.findByTestId('subject-act-dialog');
    await user.click(screen.getByTestId('subject-act-submit'));
    await screen.findByTestId('subject-resume');
    await waitFor(() => expect(screen.getByTestId('subjects-list')).toHaveFocus());
  });

  it('is in the view that a link led to', async () => {
    const { user } = await openApp({ subjects: 12 }, '#/uploads');
    await screen.findAllByTestId('upload-row');
    await user.keyboard('j{Enter}');
    await pressed(user, 'upload-events');
    await screen.findByTestId('view-events');
    await waitFor(() => expect(screen.getByTestId('events-list')).toHaveFocus());
  });

  it('is left alone where nothing had it', async () => {
    const { fake } = await openApp({ subjects: 5 }, '#/uploads');
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    fake.say({ type: 'changed', sequence: fake.ledger.sequence + 1, behind: 0, opened: 0 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(document.body).toHaveFocus();
  });
});
