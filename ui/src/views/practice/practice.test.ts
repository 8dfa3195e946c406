import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import App from '../../App.svelte';
import { Fake } from '../../ipc/fake';
import { dialogGone, openApp } from '../../testing/app';
import { accessibilityFaults } from '../../testing/axe';

async function openPractice() {
  history.replaceState(null, '', '#/today');
  const fake = new Fake({ subjects: 20 });
  fake.practising = { scenario: 'day', rate: 0.5, paused: false };
  render(App, { backend: fake });
  await screen.findByTestId('practice-bar');
  return { fake, user: userEvent.setup() };
}

describe('a practice window', () => {
  it('says so in every view', async () => {
    const { user } = await openPractice();
    for (const view of ['today', 'problems', 'uploads', 'subjects', 'events', 'settings'].entries()) {
      await user.keyboard(`{Control>}${view[0] + 1}{/Control}`);
      await screen.findByTestId(`view-${view[1]}`);
      expect(screen.getByTestId('practice-bar')).toHaveTextContent('Practice: everything here is made up');
    }
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('is steered', async () => {
    const { fake, user } = await openPractice();
    await user.selectOptions(screen.getByTestId('practice-scenario'), 'silence');
    await waitFor(() => expect(fake.practising?.scenario).toBe('silence'));
    expect(await screen.findByText(/Three subjects have stopped uploading/)).toBeInTheDocument();
    await user.selectOptions(screen.getByTestId('practice-speed'), 'fast');
    await waitFor(() => expect(fake.practising?.rate).toBe(3));
    await user.click(screen.getByTestId('practice-pause'));
    await waitFor(() => expect(fake.practising?.paused).toBe(true));
    expect(screen.getByTestId('practice-pause')).toHaveTextContent('Go on');
  });

  it('is emptied and left only after a question', async () => {
    const { fake, user } = await openPractice();
    await user.click(screen.getByTestId('practice-over'));
    expect(fake.calls).not.toContain('practiceStartOver');
    await user.click(await screen.findByTestId('confirm-yes'));
    await waitFor(() => expect(fake.calls).toContain('practiceStartOver'));
    await dialogGone('confirm-yes');
    await user.click(screen.getByTestId('practice-leave'));
    const yes = await screen.findByTestId('practice-leave-yes');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(yes);
    await waitFor(() => expect(fake.calls).toContain('practiceLeave'));
  });
});

describe('a webhook without a public address', () => {
  it('is as it should be in practice: nothing comes from the internet', async () => {
    const { fake, user } = await openPractice();
    fake.webhookRows = fake.webhookRows.map((row) => ({ ...row, target_is_public: false }));
    await user.keyboard('{Control>}6{/Control}');
    await screen.findAllByTestId('webhook');
    expect(screen.queryByTestId('webhook-not-public')).toBeNull();
  });

  it('is warned of in a real study', async () => {
    const { fake, user } = await openApp();
    fake.webhookRows = fake.webhookRows.map((row) => ({ ...row, target_is_public: false }));
    await user.keyboard('{Control>}6{/Control}');
    expect(await screen.findAllByTestId('webhook-not-public')).not.toHaveLength(0);
  });
});

it('a window of a real study has none of it', async () => {
  await openApp();
  expect(screen.queryByTestId('practice-bar')).toBeNull();
});
