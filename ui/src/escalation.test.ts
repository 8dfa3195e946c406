// Escalation and silence in Settings, as a person sets them.
import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from './testing/app';
import { accessibilityFaults } from './testing/axe';

const ESCALATION = '#/settings?tab=escalation';

describe('escalation', () => {
  it('is off at first, is set up, tested, and says what the server answered', async () => {
    const { fake, user } = await openApp({}, ESCALATION);
    const section = await screen.findByTestId('escalation');
    expect(await within(section).findByText('Nothing yet.')).toBeInTheDocument();
    expect(screen.getByTestId('escalation-test')).toBeDisabled();
    await user.click(screen.getByTestId('escalation-on'));
    await user.click(screen.getByTestId('escalation-save'));
    expect(await screen.findByText(/there is no way out yet/)).toBeInTheDocument();

    await user.click(screen.getByTestId('escalation-mail'));
    await user.type(screen.getByTestId('escalation-host'), 'mail.example.org');
    await user.type(screen.getByTestId('escalation-username'), 'monitor');
    await user.type(screen.getByTestId('escalation-password'), 'hunter2');
    await user.type(screen.getByTestId('escalation-from'), 'monitor@example.org');
    await user.type(screen.getByTestId('escalation-to'), 'ann@example.org{Enter}it@example.org');
    await user.clear(screen.getByTestId('escalation-after'));
    await user.type(screen.getByTestId('escalation-after'), '2.5');
    await user.click(screen.getByTestId('escalation-stuck'));
    await user.click(screen.getByTestId('escalation-save'));
    await waitFor(() => expect(fake.escalationValue.rules.on).toBe(true));
    expect(fake.escalationValue.rules).toMatchObject({
      after_hours: 2.5,
      stuck: false,
      errors: true,
      mail: { host: 'mail.example.org', port: 587, security: 'starttls', to: ['ann@example.org', 'it@example.org'] },
    });
    expect(fake.escalationValue.password_place).toBe('keychain');
    await waitFor(() => expect(screen.getByTestId('escalation-password')).toHaveValue(''));

    fake.escalationAnswers = [{ way: 'mail', taken: false, said: '535 5.7.8 wrong password' }];
    await user.click(screen.getByTestId('escalation-test'));
    expect(await screen.findByTestId('escalation-answer')).toHaveTextContent(
      'E-mail: the server did not take it. It said: 535 5.7.8 wrong password',
    );
    expect(await accessibilityFaults(section)).toEqual([]);
  });

  it('shows a refusal at its field and leaves what was typed', async () => {
    const { user } = await openApp({}, ESCALATION);
    await user.type(await screen.findByTestId('escalation-chat'), 'http://example.org/x');
    await user.click(screen.getByTestId('escalation-save'));
    expect(await screen.findByText('The address begins with https://')).toBeInTheDocument();
    expect(screen.getByTestId('escalation-chat')).toHaveAttribute('aria-invalid', 'true');
    expect(screen.getByTestId('escalation-chat')).toHaveValue('http://example.org/x');
  });

  it('lists what went out, what is tried again and what was given up', async () => {
    const { fake } = await openApp({}, ESCALATION);
    await screen.findByText('Nothing yet.');
    const message = {
      made_at: '2026-08-22T10:00:00Z',
      problems: 3,
      way: 'chat',
      standing: 'waiting',
      tries: 2,
      at: '2026-08-22T10:05:00Z',
      next_at: '2026-08-22T10:20:00Z',
      said: '500 sorry',
    };
    fake.escalationValue = {
      ...fake.escalationValue,
      chat_place: 'file',
      messages: [
        message,
        { ...message, made_at: '2026-08-21T10:00:00Z', standing: 'sent', problems: 1, next_at: null },
      ],
    };
    fake.say({ type: 'state' });
    const list = await screen.findByTestId('escalation-messages');
    expect(list).toHaveTextContent('Chat: being tried again');
    expect(list).toHaveTextContent('3 problems');
    expect(list).toHaveTextContent('2 of 6 tries');
    expect(list).toHaveTextContent('Chat: sent');
    expect(await accessibilityFaults(await screen.findByTestId('escalation'))).toEqual([]);
  });
});

describe('silence', () => {
  it('says what is usual, or that there is not enough history, and is set for each webhook', async () => {
    const { fake, user } = await openApp({}, '#/settings?tab=webhooks');
    const cards = await screen.findAllByTestId('webhook-silence');
    expect(cards[0]).toHaveTextContent(
      'Usually something at least every 3 h, Monday to Friday between 7 and 21 (America/New_York).',
    );
    expect(cards[1]).toHaveTextContent('Not enough history yet');
    const first = within(cards[0] as HTMLElement);
    await user.selectOptions(first.getByTestId('webhook-silence-rule'), 'off');
    await waitFor(() => expect(fake.silenceRules['study-189']).toBe('off'));
    await user.selectOptions(first.getByTestId('webhook-silence-rule'), 'hours');
    await user.type(first.getByTestId('webhook-silence-hours'), '0');
    await user.tab();
    expect(await first.findByText('A number above 0, at most 8,760 (a year).')).toBeInTheDocument();
    await user.clear(first.getByTestId('webhook-silence-hours'));
    await user.type(first.getByTestId('webhook-silence-hours'), '12.5');
    await user.tab();
    await waitFor(() => expect(fake.silenceRules['study-189']).toBe('12.5'));
    expect(await accessibilityFaults(cards[0] as HTMLElement)).toEqual([]);
  });
});
