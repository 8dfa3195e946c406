import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from '../../testing/app';

const bars = () => screen.getAllByRole('button', { name: /completed, \d+ error$/ });
const query = () => new URLSearchParams(location.hash.split('?')[1]).get('q');

describe('the chart', () => {
  it('is one stop of Tab; arrow keys move among its bars, and each says what it is', async () => {
    const { user } = await openApp();
    const stops = () => bars().filter((bar) => bar.getAttribute('tabindex') === '0');
    expect(stops()).toEqual([bars().at(-1)]);
    bars().at(-1)?.focus();
    await user.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(bars().at(-3)).toHaveFocus();
    expect(stops()).toEqual([bars().at(-3)]);
    await user.keyboard('{Home}');
    expect(bars()[0]).toHaveFocus();
    await user.keyboard('{ArrowLeft}{End}{ArrowRight}');
    expect(bars().at(-1)).toHaveFocus();
  });

  it('shows the numbers of the bar that is pointed at or has the focus', async () => {
    const { user } = await openApp();
    const [bar] = bars();
    if (!bar) throw new Error('there are bars');
    const [, completed] = /: (\d+) completed/.exec(bar.getAttribute('aria-label') ?? '') ?? [];
    await user.hover(bar);
    await waitFor(() => expect(document.querySelector('.tip')).toHaveTextContent(`${completed} completed`));
    await user.unhover(bar);
    await waitFor(() => expect(document.querySelector('.tip')).toBeNull());
    bar.focus();
    await waitFor(() => expect(document.querySelector('.tip')).toHaveTextContent(`${completed} completed`));
  });

  it('leads to the events of a day, and to the hour among those of today', async () => {
    const { user } = await openApp();
    bars()[0]?.focus();
    await user.keyboard('{Enter}');
    await screen.findByTestId('view-events');
    expect(query()).toMatch(/^event:upload after:\d{4}-\d\d-\d\d before:\d{4}-\d\d-\d\d$/);
    await user.keyboard('{Control>}1{/Control}');
    await user.click(await screen.findByRole('radio', { name: 'Today' }));
    await waitFor(() => expect(bars()).toHaveLength(24));
    const busy = bars().find((bar) => !bar.getAttribute('aria-label')?.includes(': 0 completed, 0 error'));
    if (!busy) return; // Just after midnight nothing came yet.
    await user.click(busy);
    await screen.findByTestId('view-events');
    expect(location.hash).toMatch(/at=\d+/);
  });
});

describe('what is put aside', () => {
  it('wants nobody: neither a figure nor the sidebar counts it, and a way leads to it', async () => {
    const { fake, user } = await openApp({ subjects: 40 });
    const { counts } = await fake.today({ time_zone: '', days: 1, webhook: '' });
    const { rows } = await fake.problems({ query: 'is:open', before: null, limit: 1000 });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const ids = rows.map((row) => row.id);
    await fake.problemAct({ ids, act: 'snooze', by: 'M. Rossi', note: null, until });
    fake.say({ type: 'changed', sequence: fake.ledger.sequence + 1, behind: 0, opened: 0 });
    await screen.findByText('Nothing is open.');
    expect(screen.getByTestId('figure-problems')).toHaveTextContent(`${counts.open_problems} put aside`);
    expect(screen.getByTestId('figure-problems').querySelector('.value')).toHaveTextContent(/^0$/);
    expect(screen.queryByTestId('nav-problems-count')).toBeNull();
    await user.click(screen.getByTestId('today-aside'));
    expect(await screen.findByTestId('problems-snoozed')).toHaveAttribute('aria-checked', 'true');
    expect((await screen.findAllByTestId('problem-row')).length).toBeGreaterThan(0);
  });
});

describe('looking at one webhook', () => {
  it('goes with everything that is opened, is remembered, and leaves the frame as it was', async () => {
    const { fake, user } = await openApp({ subjects: 40 });
    const count = screen.getByTestId('nav-problems-count').textContent;
    await user.selectOptions(await screen.findByTestId('today-scope'), 'study-189');
    await waitFor(() => expect(fake.preferenceValues['scope']).toBe('study-189'));
    expect(screen.getByTestId('nav-problems-count')).toHaveTextContent(count);
    for (const [id, view] of [
      ['figure-completed', 'events'],
      ['figure-progress', 'uploads'],
      ['figure-problems', 'problems'],
      ['figure-overdue', 'subjects'],
    ] as const) {
      await user.click(await screen.findByTestId(id));
      await screen.findByTestId(`view-${view}`);
      expect(query(), id).toContain('webhook:study-189');
      await user.keyboard('{Control>}1{/Control}');
    }
    await user.click((await screen.findAllByTestId('today-problem'))[0] as HTMLElement);
    expect(query()).toBe('webhook:study-189');
    await user.keyboard('{Control>}1{/Control}');
    const latest = await screen.findByRole('region', { name: 'Latest uploads' });
    await user.click(within(latest).getByRole('button', { name: 'Show all' }));
    expect(query()).toBe('webhook:study-189');
  });
});
