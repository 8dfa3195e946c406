import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from '../../testing/app';

const open = () => screen.getByTestId('problems-open').textContent.trim();

describe('the filters of the inbox', () => {
  it('have the numbers of what is listed: of all, of what Today looks at, else none', async () => {
    const { fake, user } = await openApp({ subjects: 60 });
    await user.selectOptions(await screen.findByTestId('today-scope'), 'study-204');
    const { counts: all } = await fake.today({ time_zone: '', days: 1, webhook: '' });
    const { counts: one } = await fake.today({ time_zone: '', days: 1, webhook: 'study-204' });
    const awake = (of: typeof all) => of.open_problems - of.snoozed_problems;
    expect(awake(one)).not.toBe(awake(all));
    await waitFor(() => expect(screen.getByTestId('figure-problems')).toHaveTextContent(String(awake(one))));
    await user.click(screen.getByTestId('figure-problems'));
    await screen.findByTestId('view-problems');
    expect(open()).toBe(awake(one) > 0 ? `Open ${awake(one)}` : 'Open');
    await user.click(screen.getByRole('button', { name: 'Clear the search' }));
    await waitFor(() => expect(open()).toBe(`Open ${awake(all)}`));
    await user.keyboard('battery{Enter}');
    await waitFor(() => expect(open()).toBe('Open'));
  });

  it('say that nothing is open, not that nothing is found, where Today looks at what has nothing open', async () => {
    const { fake, user } = await openApp({ subjects: 60 });
    const { rows } = await fake.problems({ query: 'is:open webhook:study-204', before: null, limit: 1000 });
    const ids = rows.map((row) => row.id);
    await fake.problemAct({ ids, act: 'resolve', by: 'M. Rossi', note: null, until: null });
    await user.selectOptions(await screen.findByTestId('today-scope'), 'study-204');
    await user.click(screen.getByTestId('figure-problems'));
    expect(await screen.findByText('Nothing wants you')).toBeInTheDocument();
  });

  it('count what is acknowledged without what is put aside', async () => {
    const { fake } = await openApp({ subjects: 60 }, '#/problems?tab=acknowledged');
    const { rows } = await fake.problems({ query: 'is:open', before: null, limit: 3 });
    const act = { by: 'M. Rossi', note: null, until: null };
    const ids = rows.map((row) => row.id);
    await fake.problemAct({ ...act, ids, act: 'acknowledge' });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await fake.problemAct({ ...act, ids: ids.slice(0, 1), act: 'snooze', until });
    const { problems } = await fake.problemGroups({ query: 'is:acknowledged', snoozed: false });
    fake.say({ type: 'changed', sequence: fake.ledger.sequence + 1, behind: 0, opened: 0 });
    await waitFor(() =>
      expect(screen.getByTestId('problems-acknowledged')).toHaveTextContent(`Acknowledged ${problems}`),
    );
  });
});
