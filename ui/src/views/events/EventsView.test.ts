import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';

import { openApp } from '../../testing/app';
import { accessibilityFaults } from '../../testing/axe';
import { words } from '../../words/en';

const heads = () => screen.getAllByRole('columnheader').map((head) => head.dataset['column']);
const chosen = () => document.querySelector<HTMLElement>('[role="row"][aria-selected="true"]');
const spoken = () =>
  document.getElementById(screen.getByTestId('events-list').getAttribute('aria-activedescendant') ?? '?');

function cell(row: HTMLElement | undefined, column: string): HTMLElement {
  const found = row?.querySelector<HTMLElement>(`[data-column="${column}"]`);
  if (!found) throw new Error(`no cell ${column}`);
  return found;
}

describe('a long list', () => {
  it('is walked from end to end by keys; the focus and what is spoken stay with the cursor', async () => {
    const { fake, user } = await openApp({ subjects: 3, older: 1_000_000 }, '#/events');
    const list = screen.getByTestId('events-list');
    const count = 1_000_000 + fake.ledger.events.length;
    await waitFor(() => expect(list).toHaveAttribute('aria-rowcount', String(count + 1)));
    expect(screen.getByTestId('events-total')).toHaveTextContent(count.toLocaleString('en'));
    list.focus();
    await user.keyboard('{End}');
    await waitFor(() => expect(chosen()).toHaveAttribute('data-sequence', '1'));
    expect(chosen()).toHaveAttribute('aria-rowindex', String(count + 1));
    await user.keyboard('kk');
    await waitFor(() => expect(chosen()).toHaveAttribute('data-sequence', '3'));
    expect(spoken()).toBe(chosen());
    await user.keyboard('{Home}');
    // Not the ledger's position: where the last to arrive was another attempt, no row has that.
    const newest = fake.ledger.events.at(-1)?.row.sequence;
    await waitFor(() => expect(chosen()).toHaveAttribute('data-sequence', String(newest)));
    expect(list).toHaveFocus();
  });

  it('shows grey rows for what is not there yet, and never asks for everything', async () => {
    const { fake, user } = await openApp({ subjects: 3, older: 5_000_000 }, '#/events');
    let answer: () => void = () => undefined;
    const events = fake.events.bind(fake);
    await waitFor(() => expect(screen.getByTestId('events-total')).toHaveTextContent('5,000'));
    fake.events = (query) => new Promise((resolve) => (answer = () => resolve(events(query))));
    fake.calls = [];
    screen.getByTestId('events-list').focus();
    await user.keyboard('{End}');
    await waitFor(() => expect(document.querySelector('[aria-busy="true"].chosen')).not.toBeNull());
    await vi.waitFor(() => {
      answer();
      expect(chosen()).toHaveAttribute('data-sequence', '1');
    });
    expect(fake.calls.length).toBeLessThan(6);
  });

  it('brings an event that is opened from elsewhere into sight, wherever it stands', async () => {
    await openApp({ subjects: 3, older: 100_000 }, '#/events?at=4321');
    await waitFor(() => expect(chosen()).toHaveAttribute('data-sequence', '4321'));
    expect(await screen.findByTestId('inspector')).toBeInTheDocument();
  });
});

describe('a first read that failed', () => {
  it('is not called an empty log', async () => {
    const { fake } = await openApp({}, '#/today');
    fake.events = () => Promise.reject({ code: 'internal', message: 'the disk', span: null, field: null });
    location.hash = '#/events';
    expect(await screen.findByText('The disk')).toBeInTheDocument();
    expect(screen.queryByText(words.events.empty.title)).toBeNull();
  });
});

describe('the keys of the inspector', () => {
  it('mean the event shown, never the one before it', async () => {
    const { fake, user } = await openApp({}, '#/events');
    screen.getByTestId('events-list').focus();
    await user.keyboard('j{Enter}');
    await waitFor(() => expect(screen.getByTestId('inspector-compare')).toBeEnabled());
    await navigator.clipboard.writeText('before');
    const event = fake.event.bind(fake);
    let answer: () => void = () => undefined;
    fake.event = (sequence) => new Promise((resolve) => (answer = () => resolve(event(sequence))));
    await user.keyboard('j');
    expect(screen.getByTestId('inspector-compare')).toBeDisabled();
    await user.keyboard('cd');
    expect(await navigator.clipboard.readText()).toBe('before');
    expect(screen.queryByTestId('compare')).toBeNull();
    answer();
    await waitFor(() => expect(screen.getByTestId('inspector-compare')).toBeEnabled());
    const shown = await event(Number(screen.getByTestId('inspector').dataset['sequence']));
    await user.keyboard('c');
    await waitFor(async () => expect(await navigator.clipboard.readText()).toBe(shown.body_text));
  });

  it('are called in the palette what they do', async () => {
    const { user } = await openApp({}, '#/events');
    screen.getByTestId('events-list').focus();
    await user.keyboard('j{Control>}k{/Control}');
    expect(await screen.findByText(words.events.acts.copyRow)).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByText(words.events.acts.copyRow)).toBeNull());
    await user.keyboard('{Enter}');
    await screen.findByTestId('inspector');
    await user.keyboard('{Control>}k{/Control}');
    expect(await screen.findByText(words.events.copyBody)).toBeInTheDocument();
  });
});

describe('columns', () => {
  it('are chosen, put in order and resized by keys, and remembered', async () => {
    const { fake, user } = await openApp({}, '#/events');
    expect(heads()).toEqual(['time', 'kind', 'status', 'subject', 'upload', 'message', 'flags']);
    await user.click(screen.getByTestId('columns'));
    await user.click(await screen.findByTestId('column-webhook'));
    expect(heads().at(-1)).toBe('webhook');
    screen.getByTestId('column-webhook').focus();
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    await waitFor(() => expect(heads().slice(-2)).toEqual(['webhook', 'flags']));
    expect(screen.getByTestId('column-webhook')).toHaveFocus();
    await user.keyboard('{ArrowRight}');
    expect(await accessibilityFaults()).toEqual([]);
    await waitFor(() =>
      expect(fake.preferenceValues['columns.events']).toMatchObject({
        shown: ['time', 'kind', 'status', 'subject', 'upload', 'message', 'webhook', 'flags'],
        widths: { webhook: 128 },
      }),
    );
    await user.click(screen.getByTestId('columns-reset'));
    expect(heads()).toHaveLength(7);
  });

  it('are resized by their edge, and have their own width again by a double click', async () => {
    const { fake } = await openApp({}, '#/events');
    const edge = screen.getByTestId('resize-kind');
    await fireEvent.pointerDown(edge, { button: 0, clientX: 0, pointerId: 1 });
    await fireEvent.pointerMove(edge, { clientX: 180, pointerId: 1 });
    await fireEvent.pointerUp(edge, { pointerId: 1 });
    await waitFor(() => expect(fake.preferenceValues['columns.events']).toMatchObject({ widths: { kind: 180 } }));
    await fireEvent.pointerMove(edge, { clientX: 400, pointerId: 1 });
    await fireEvent.dblClick(edge);
    await waitFor(() => expect(fake.preferenceValues['columns.events']).toMatchObject({ widths: {} }));
  });
});

describe('the acts of a cell', () => {
  it('show only it, by a right click', async () => {
    const { user } = await openApp({}, '#/events');
    const row = await waitFor(() => {
      const found = screen.getAllByTestId('event-row').find((each) => each.textContent.includes('completed'));
      if (!found) throw new Error('not drawn yet');
      return found;
    });
    await fireEvent.contextMenu(cell(row, 'status'));
    expect(await screen.findByTestId('cell-menu')).toHaveTextContent('status:completed');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(screen.getByTestId('cell-only'));
    expect(await screen.findByRole('button', { name: 'Remove status:completed' })).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByTestId('cell-menu')).toBeNull());
    expect(screen.getByTestId('events-list')).toHaveFocus();
  });

  it('leave it out and copy it, by keys', async () => {
    const { fake, user } = await openApp({}, '#/events');
    screen.getByTestId('events-list').focus();
    await user.keyboard('j{ArrowRight}{ArrowRight}');
    expect(spoken(), 'the cell is what is spoken of').toHaveAttribute('data-column', 'kind');
    await user.keyboard('{Shift>}{F10}{/Shift}');
    await user.click(await screen.findByTestId('cell-copy'));
    const kind = fake.ledger.events.at(-1)?.row.event ?? '?';
    await waitFor(async () => expect(await navigator.clipboard.readText()).toBe(kind));
    await user.keyboard('{Shift>}{F10}{/Shift}');
    await user.click(await screen.findByTestId('cell-without'));
    await waitFor(() => expect(location.hash).toContain(`-event%3A${kind}`));
  });
});

describe('comparing', () => {
  it('shows what changed since the event before of the same upload, by a key', async () => {
    const { user } = await openApp({}, '#/events?q=event%3Aupload%20status%3Acompleted');
    screen.getByTestId('events-list').focus();
    await user.keyboard('jd');
    const dialog = await screen.findByTestId('compare');
    const table = await within(dialog).findByTestId('diff');
    expect(table).toHaveTextContent('$.status');
    expect(table).toHaveTextContent('changed');
    expect(table).toHaveTextContent('added');
    expect(table).toHaveFocus();
    expect(table).not.toHaveTextContent('$.studyId');
    await user.click(screen.getByTestId('compare-all'));
    expect(await within(dialog).findByText('$.studyId')).toBeInTheDocument();
    await user.click(screen.getByTestId('compare-part-headers'));
    expect(await within(dialog).findByText('X-ActiGraph-Delivery')).toBeInTheDocument();
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('compare')).toBeNull());
    expect(screen.getByTestId('events-list')).toHaveFocus();
  });

  it('is with the marked event from the inspector, too', async () => {
    const { user } = await openApp({}, '#/events');
    screen.getByTestId('events-list').focus();
    await user.keyboard('jmjj{Enter}');
    await waitFor(() => expect(screen.getByTestId('inspector-compare')).toBeEnabled());
    await user.click(screen.getByTestId('inspector-compare'));
    await waitFor(() => expect(screen.getByTestId('compare-marked')).toBeChecked());
  });
});
