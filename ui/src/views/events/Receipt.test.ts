// What the receipt says of how an event came here.
import { screen, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';

import { openApp } from '../../testing/app';
import { words } from '../../words/en';

const MADE = '2026-08-21T12:35:00.000000Z';

/** The receipt of the newest event, as if it had been brought in (with this as what checking its signature came to), or as it came. */
async function receipt(check: string | null): Promise<HTMLElement> {
  const { fake } = await openApp({}, '#/today');
  const event = fake.event.bind(fake);
  fake.event = async (sequence) => {
    const detail = await event(sequence);
    if (check === null) return detail;
    return { ...detail, row: { ...detail.row, made_at: MADE, source_ip: '' }, history_check: check };
  };
  // Not the ledger's position: where the last to arrive was another attempt, no event has that.
  const newest = fake.ledger.events.at(-1)?.row.sequence;
  history.replaceState(null, '', `#/events?at=${newest}&tab=receipt`);
  window.dispatchEvent(new PopStateEvent('popstate'));
  await screen.findByText(words.events.receipt.attempts);
  return screen.getByTestId('inspector');
}

it.each(['verified', 'differs', 'unsigned'])(
  'tells of what was brought in when CentrePoint made it (%s)',
  async (check) => {
    const pane = await receipt(check);
    const line = within(pane).getByTestId('receipt-history');
    expect(line).toHaveTextContent(words.history.madeAt);
    expect(line.querySelector('time')).toHaveAttribute('datetime', MADE);
    expect(line).toHaveTextContent(words.history.checks[check] ?? '?');
    expect(pane, 'no address sent it').toHaveTextContent(words.history.nobody);
  },
);

it('says no such thing of what came by itself', async () => {
  const pane = await receipt(null);
  expect(within(pane).queryByTestId('receipt-history')).toBeNull();
  expect(pane).not.toHaveTextContent(words.history.nobody);
});
