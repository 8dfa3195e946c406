import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { openApp } from '../testing/app';
import { accessibilityFaults } from '../testing/axe';

const box = () => screen.getByTestId<HTMLInputElement>('search-box');
const proposals = () => screen.queryAllByTestId('search-proposal').map((option) => option.textContent?.trim());
const chips = () => screen.queryAllByTestId('search-chip').map((chip) => chip.dataset['term']);

describe('the search box', () => {
  it('proposes keys and known values, by keyboard alone', async () => {
    const { user } = await openApp({}, '#/events');
    await user.keyboard('/');
    expect(box()).toHaveFocus();
    await user.keyboard('stat');
    await waitFor(() => expect(proposals()).toEqual(['status: how an event says it went']));
    expect(box()).toHaveAttribute('aria-expanded', 'true');
    await user.keyboard('{Tab}');
    expect(box()).toHaveValue('status:');
    await waitFor(() => expect(proposals()).toContain('started in progress'));
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('co{ArrowDown}');
    expect(box().getAttribute('aria-activedescendant')).toBe(
      screen.getByRole('option', { selected: true }).getAttribute('id'),
    );
    await user.keyboard('{Enter}');
    await waitFor(() => expect(chips()).toEqual(['status:completed']));
    expect(box()).toHaveValue('');
    await waitFor(() => expect(location.hash).toContain('status%3Acompleted'));
  });

  it('closes what is proposed first, then leaves', async () => {
    const { user } = await openApp({}, '#/events');
    await user.keyboard('/');
    expect(proposals().length).toBeGreaterThan(5);
    await user.keyboard('{Escape}');
    expect(proposals()).toEqual([]);
    expect(box()).toHaveFocus();
    await user.keyboard('{Escape}');
    expect(screen.getByTestId('events-list')).toHaveFocus();
  });

  it('edits a chip by a click and the last by Backspace; says what is excluded', async () => {
    const { user } = await openApp({}, '#/events?q=-status%3Acompleted+is%3Aerror+low');
    await waitFor(() => expect(chips()).toEqual(['-status:completed', 'is:error']));
    expect(screen.getAllByTestId('search-chip')[0]).toHaveTextContent('not');
    await user.click(screen.getByRole('button', { name: 'Edit -status:completed' }));
    expect(box()).toHaveValue('-status:completed low');
    expect(box().selectionStart).toBe('-status:completed'.length);
    box().setSelectionRange(0, 0);
    await user.keyboard('{Backspace}');
    expect(box()).toHaveValue('is:error -status:completed low');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(chips()).toEqual(['is:error', '-status:completed']));
    await user.click(screen.getByRole('button', { name: 'Remove is:error' }));
    await waitFor(() => expect(location.hash).toBe('#/events?q=-status%3Acompleted+low'));
  });

  it('keeps what is typed where it is typed', async () => {
    const { user } = await openApp({ latency: 3 }, '#/events');
    await user.click(box());
    await user.keyboard('status:error low');
    await waitFor(() => expect(chips()).toEqual(['status:error']));
    await user.keyboard('{ArrowLeft}{ArrowLeft}b');
    expect(box()).toHaveValue('lbow');
    expect(box().selectionStart).toBe(2);
  });

  it('takes a day from a calendar', async () => {
    const { user } = await openApp({}, '#/events');
    await user.click(box());
    await user.keyboard('after:');
    await user.click(await screen.findByText('Choose a day…'));
    const calendar = await screen.findByTestId('search-calendar');
    expect(await accessibilityFaults()).toEqual([]);
    // Where a click gives buttons no focus, it would go nowhere and close the calendar.
    const [step] = within(calendar).getAllByRole('button');
    expect(step && (await fireEvent.mouseDown(step)), 'the focus stays').toBe(false);
    const today = calendar.querySelector<HTMLElement>('[data-calendar-day][data-today]');
    if (!today) throw new Error('today is in the calendar');
    await user.click(today);
    await waitFor(() => expect(chips()[0]).toMatch(/^after:\d{4}-\d\d-\d\d$/));
    expect(box()).toHaveFocus();
  });

  it('keeps a search under a name, and opens, renames and deletes it', async () => {
    const { fake, user } = await openApp({}, '#/uploads?q=status%3Aerror');
    await user.click(await screen.findByTestId('search-star'));
    await user.type(await screen.findByTestId('save-search-name'), 'Failed ones{Enter}');
    await waitFor(() => expect(fake.saved).toEqual([{ name: 'Failed ones', view: 'uploads', query: 'status:error' }]));
    await waitFor(() => expect(screen.queryByTestId('save-search')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Clear the search' }));
    await user.click(box());
    await user.click(await screen.findByText('Failed ones'));
    await waitFor(() => expect(chips()).toEqual(['status:error']));
    expect(screen.getByTestId('search-star')).toHaveAttribute('title', 'Failed ones');
    await user.click(screen.getByTestId('search-star'));
    const dialog = await screen.findByTestId('saved-searches');
    expect(await accessibilityFaults()).toEqual([]);
    const name = within(dialog).getByRole('textbox', { name: 'Name of Failed ones' });
    await user.clear(name);
    await user.type(name, 'Failures{Enter}');
    // A browser says by itself that Enter changed the field; here leaving it does.
    await user.tab();
    await waitFor(() => expect(fake.saved[0]?.name).toBe('Failures'));
    expect(
      fake.calls.filter((call) => call === 'savedSearchesSet'),
      'kept, then renamed once',
    ).toHaveLength(2);
    await user.click(await within(dialog).findByRole('button', { name: 'Delete Failures' }));
    await waitFor(() => expect(fake.saved).toEqual([]));
    await screen.findByText('“Failures” is deleted.');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('saved-searches')).toBeNull());
    await user.keyboard('{Control>}z{/Control}');
    await waitFor(() => expect(fake.saved[0]?.name).toBe('Failures'));
  });
});

describe('an export', () => {
  it.each([
    ['#/uploads?q=status%3Aerror', 'status:error', 'behind the uploads'],
    ['#/problems?q=battery&tab=open', 'battery is:open', 'behind the problems'],
    ['#/subjects?q=site%3A12', 'site:12', 'of the subjects'],
  ])('of %s takes its search, and says what that means', async (hash, query, words) => {
    const { user } = await openApp({}, hash);
    await user.keyboard('{Control>}e{/Control}');
    const dialog = await screen.findByTestId('export-dialog');
    expect(dialog).toHaveTextContent(query);
    expect(screen.getByTestId('export-behind')).toHaveTextContent(words);
  });
});

describe('a search that is typed and not yet made', () => {
  const typeUnsure = async (hash: string) => {
    const opened = await openApp({}, hash);
    await opened.user.click(box());
    await opened.user.keyboard(' status:err');
    await waitFor(() => expect(proposals()).not.toEqual([]));
    return opened;
  };

  it('is what an export by key is of', async () => {
    const { user } = await typeUnsure('#/events?q=low');
    await user.keyboard('{Control>}e{/Control}');
    expect(await screen.findByTestId('export-dialog')).toHaveTextContent('status:err');
  });

  it('is what the palette keeps', async () => {
    const { user } = await typeUnsure('#/events?q=low');
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByTestId('palette-input'), 'save search{Enter}');
    expect(await screen.findByTestId('save-search')).toHaveTextContent('status:err');
  });

  it('is what the star keeps', async () => {
    const { user } = await typeUnsure('#/events?q=low');
    await user.click(screen.getByTestId('search-star'));
    expect(await screen.findByTestId('save-search')).toHaveTextContent('status:err');
  });

  it('is not made by the keys of the field itself', async () => {
    const { user } = await typeUnsure('#/events?q=low');
    await user.keyboard('{Control>}c{/Control}');
    expect(location.hash).toBe('#/events?q=low');
    expect(proposals()).not.toEqual([]);
  });
});

describe('the keys of a view', () => {
  it('search from where there is no box', async () => {
    const { user } = await openApp({}, '#/today');
    await user.keyboard('/');
    expect(await screen.findByTestId('view-events')).toBeInTheDocument();
    await waitFor(() => expect(box()).toHaveFocus());
  });

  it('act by the palette on what is selected', async () => {
    const { user } = await openApp({ subjects: 60 }, '#/problems');
    await user.keyboard('jx{Control>}k{/Control}');
    await user.type(await screen.findByTestId('palette-input'), 'snooze{Enter}');
    expect(await screen.findByTestId('act-submit')).toBeInTheDocument();
  });
});
