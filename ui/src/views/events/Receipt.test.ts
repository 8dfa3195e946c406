import { screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';

import { openApp } from '../../testing/app';
import { words } from '../../words/en';

async function receipt(made: string | null): Promise<HTMLElement> {
  const { fake } = await openApp({}, '#/today');
  const event = fake.event.bind(fake);
  fake.event = async (sequence) => {
    const detail = await event(sequence);
    const row = { ...detail.row, made_at: made, source_ip: made === null ? detail.row.source_ip : '' };
    return { ...detail, row, history_check: made === null ? null : 'differs' };
  };
  history.replaceState(null, '', `#/events?at=${fake.ledger.sequence}&tab=receipt`);
  window.dispatchEvent(new PopStateEvent('popstate'));
  return await screen.findByTestId('inspector-tab-receipt');
}

it('says of what was brought in when CentrePoint made it, and that nobody sent it', async () => {
  const pane = await receipt('2026-08-21T12:35:00.000000Z');
  const line = await screen.findByTestId('receipt-history');
  expect(line).toHaveTextContent(words.history.madeAt);
  expect(line.querySelector('time')).toHaveAttribute('datetime', '2026-08-21T12:35:00.000000Z');
  expect(line).toHaveTextContent(words.history.checks['differs'] ?? '?');
  expect(pane.ownerDocument.body).toHaveTextContent(words.history.nobody);
});

it('says no such thing of what came by itself', async () => {
  await receipt(null);
  await screen.findByText(words.events.receipt.attempts);
  expect(screen.queryByTestId('receipt-history')).toBeNull();
});
