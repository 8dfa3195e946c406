// Notifications, as a person meets them: the bell, the list, and what can be set.
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';

const SETTINGS = '#/settings?tab=notifications';

describe('the bell', () => {
  it('counts what is unread, lists it with what became of it, and opens it', async () => {
    const { fake, user } = await openApp();
    const [problem = 0] = fake.ledger.problems.keys();
    fake.notified.add({ target: { view: 'problems', problem, query: '' } });
    fake.notified.add({
      title: '3 upload errors, 2 subjects',
      stage: 'held',
      held_by: 'quiet_hours',
      outcome: null,
      detail: null,
      told_at: null,
    });
    fake.say({ type: 'notifications' });
    expect(await screen.findByTestId('bell-count')).toHaveTextContent('2');
    expect(screen.getByTestId('bell')).toHaveAccessibleName('Notifications, 2 unread');
    await user.click(screen.getByTestId('bell'));
    const popup = await screen.findByTestId('bell-popup');
    const outcomes = within(popup).getAllByTestId('notification-outcome');
    expect(outcomes[0]).toHaveTextContent('Quiet hours: comes at their end');
    expect(outcomes[1]).toHaveTextContent('Shown by dunst 1.9.2');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(within(popup).getAllByTestId('notification')[1] as HTMLElement);
    await waitFor(() => expect(screen.getByTestId('problem-pane')).toHaveAttribute('data-id', String(problem)));
    await waitFor(() => expect(screen.getByTestId('bell-count')).toHaveTextContent('1'));
  });

  it('marks all as read', async () => {
    const { fake, user } = await openApp();
    fake.notified.add();
    fake.say({ type: 'notifications' });
    await screen.findByTestId('bell-count');
    await user.click(screen.getByTestId('bell'));
    await user.click(await screen.findByTestId('read-all'));
    await waitFor(() => expect(screen.queryByTestId('bell-count')).toBeNull());
  });

  it('says that this desktop shows no pop-ups', async () => {
    const { fake, user } = await openApp();
    fake.notified.desktop = { server: null, trouble: 'This desktop has no notification service.' };
    fake.say({ type: 'notifications' });
    expect(await screen.findByTestId('bell-line')).toHaveTextContent('No pop-ups on this desktop');
    await user.click(screen.getByTestId('bell'));
    expect(await screen.findByTestId('bell-trouble')).toHaveTextContent('Nothing is lost');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('opens the overdue subjects of a summary', async () => {
    const { fake, user } = await openApp();
    fake.notified.add({
      title: '3 subjects are overdue: 2 since yesterday',
      target: { view: 'subjects', problem: null, query: '' },
    });
    fake.say({ type: 'notifications' });
    await screen.findByTestId('bell-count');
    await user.click(screen.getByTestId('bell'));
    await user.click(await screen.findByTestId('notification'));
    expect(await screen.findByTestId('view-subjects')).toBeInTheDocument();
  });
});

describe('the settings of notifications', () => {
  it('switch a kind, for all or for one webhook, and keep nothing that is as by default', async () => {
    const { fake, user } = await openApp({}, SETTINGS);
    const stuck = await screen.findByTestId('notify-stuck_upload');
    expect(stuck).toHaveAttribute('aria-checked', 'false');
    await user.click(stuck);
    await waitFor(() => expect(fake.settingsValue.notifications.kinds).toEqual({ stuck_upload: true }));
    await user.click(screen.getByTestId('notify-stuck_upload'));
    await waitFor(() => expect(fake.settingsValue.notifications.kinds).toEqual({}));
    const slug = fake.webhookRows[0]?.slug ?? '';
    await user.click(await screen.findByTestId('notify-upload_error-webhooks'));
    await user.click(screen.getByTestId(`notify-upload_error-${slug}-off`));
    await waitFor(() => expect(fake.settingsValue.notifications.webhooks).toEqual({ [slug]: { upload_error: false } }));
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(screen.getByTestId(`notify-upload_error-${slug}-as`));
    await waitFor(() => expect(fake.settingsValue.notifications.webhooks).toEqual({}));
  });

  it('take quiet hours as people type them', async () => {
    const { fake, user } = await openApp({}, SETTINGS);
    await user.click(await screen.findByTestId('setting-quiet'));
    const from = await screen.findByTestId('quiet-from');
    await user.clear(from);
    await user.type(from, '18.30');
    await user.tab();
    await waitFor(() => expect(fake.settingsValue.notifications).toMatchObject({ quiet: true, quiet_from: '18:30' }));
    await user.clear(from);
    await user.type(from, '25');
    await user.tab();
    expect(await screen.findByText('Hours and minutes, like 20:00.')).toBeInTheDocument();
    expect(fake.settingsValue.notifications.quiet_from).toBe('18:30');
    await user.click(screen.getByTestId('pop-up-days-sun'));
    await waitFor(() => expect(fake.settingsValue.notifications.days).not.toContain('sun'));
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('show the summary’s time once it is switched on', async () => {
    const { user } = await openApp({}, SETTINGS);
    expect(screen.queryByTestId('summary-at')).toBeNull();
    await user.click(await screen.findByTestId('notify-overdue_subject'));
    expect(await screen.findByTestId('summary-at')).toHaveValue('09:00');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('mute, say until when, and say what is wrong with a day', async () => {
    const { fake, user } = await openApp({}, SETTINGS);
    await user.type(await screen.findByTestId('mute-day'), 'soon');
    await user.click(screen.getByTestId('mute-until'));
    expect(await screen.findByText('The day is one that is still to come')).toBeInTheDocument();
    await user.click(screen.getByTestId('mute-hour'));
    expect(await screen.findByTestId('muted-until')).toBeInTheDocument();
    expect(fake.notified.mutedUntil).not.toBeNull();
    expect(await screen.findByTestId('bell-line')).toHaveTextContent('Muted');
    await user.click(screen.getByTestId('mute-off'));
    expect(await screen.findByTestId('mute-hour')).toBeInTheDocument();
  });

  it('try a pop-up, and say what the desktop answered', async () => {
    const { fake, user } = await openApp({}, SETTINGS);
    await user.click(await screen.findByTestId('test-pop-up'));
    expect(await screen.findByText(/dunst 1.9.2 took it/)).toBeInTheDocument();
    fake.notified.test = { outcome: 'no_answer', said: 'It hangs.', server: null, version: null, id: null };
    await user.click(screen.getByTestId('test-pop-up'));
    expect(await screen.findByText('No answer.')).toBeInTheDocument();
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('list all there were', async () => {
    const { fake } = await openApp({}, SETTINGS);
    fake.notified.add({ outcome: 'off', detail: null });
    fake.notified.add({ outcome: 'no_service', detail: 'nobody answers' });
    fake.say({ type: 'notifications' });
    const list = await screen.findByTestId('notifications');
    await waitFor(() => expect(within(list).getAllByTestId('notification')).toHaveLength(2));
    expect(list).toHaveTextContent('Not shown: switched off');
    expect(list).toHaveTextContent('Not shown: this desktop shows no pop-ups');
    expect(await accessibilityFaults()).toEqual([]);
  });
});
