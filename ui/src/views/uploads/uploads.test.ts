import { screen, waitFor, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import * as delivery from '../../ipc/fake/delivery';
import { uploadOf } from '../../state/detail.svelte';
import { Fake } from '../../ipc/fake';
import { openApp } from '../../testing/app';
import { accessibilityFaults } from '../../testing/axe';
import { uploadText } from './copied';

const query = () => new URLSearchParams(location.hash.split('?')[1]).get('q');
const rows = () => screen.findAllByTestId('upload-row');

/** An upload that failed and was completed after that. */
function recovered(fake: Fake) {
  const person = fake.persons[0];
  if (!person) throw new Error('somebody');
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  for (const [minutes, status, message] of [
    [30, 'started', null],
    [20, 'error', 'Battery too low'],
    [2, 'completed', null],
  ] as const)
    fake.push(delivery.upload(fake.random, at(minutes), '189', person, '777001', status, message));
  return person;
}

describe('uploads', () => {
  it('are shown by how they stand, as a term of the search', async () => {
    const { user } = await openApp({ subjects: 40 }, '#/uploads?q=webhook%3Astudy-189');
    expect(await screen.findByTestId('uploads-all')).toHaveAttribute('aria-checked', 'true');
    await user.click(screen.getByTestId('uploads-error'));
    expect(query()).toBe('webhook:study-189 status:error');
    await waitFor(async () => {
      for (const row of await rows()) expect(row).toHaveTextContent('error');
    });
    await user.click(screen.getByTestId('uploads-stuck'));
    expect(query()).toBe('webhook:study-189 is:stuck');
    await user.click(screen.getByTestId('uploads-all'));
    expect(query()).toBe('webhook:study-189');
  });

  it('are counted where the program counts them', async () => {
    const { fake } = await openApp({ subjects: 20 }, '#/uploads');
    const { counts } = await fake.today({ time_zone: '', days: 1, webhook: '' });
    expect(await screen.findByTestId('uploads-started')).toHaveTextContent(`In progress ${counts.in_progress}`);
    expect(screen.getByTestId('uploads-stuck')).toHaveTextContent(`Stuck ${counts.stuck}`);
  });

  it('say why a segment is empty, and what next', async () => {
    const { fake, user } = await openApp({ subjects: 10 }, '#/uploads?q=is%3Astuck');
    fake.settingsValue = { ...fake.settingsValue, stuck_after_hours: 1000 };
    fake.say({ type: 'changed', sequence: fake.ledger.sequence + 1, behind: 0, opened: 0 });
    expect(await screen.findByText('No upload is stuck')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Show uploads in progress' }));
    expect(query()).toBe('status:started');
  });
});

describe('an upload that is read', () => {
  it('tells its life in order, each step leading to the inspector', async () => {
    const { fake, user } = await openApp({ subjects: 10 }, '#/uploads');
    const person = recovered(fake);
    await user.click(
      await waitFor(() => {
        const row = document.querySelector<HTMLElement>('[data-testid="upload-row"][data-upload="777001"]');
        if (!row) throw new Error('not there yet');
        return row;
      }),
    );
    const pane = await screen.findByTestId('upload-pane');
    const steps = await within(pane).findAllByTestId('upload-step');
    expect(steps.map((step) => /in progress|error|completed/.exec(step.textContent)?.[0])).toEqual([
      'in progress',
      'error',
      'completed',
    ]);
    expect(pane).toHaveTextContent('recovered');
    expect(pane).toHaveTextContent(person.label);
    expect(pane).toHaveTextContent('28 min');
    expect(await accessibilityFaults()).toEqual([]);
    await user.click(steps[1] as HTMLElement);
    const inspector = await screen.findByTestId('inspector');
    expect(inspector).toHaveAttribute('data-sequence', steps[1]?.dataset['sequence']);
    expect(query()).toBe('upload:777001 webhook:study-189 study:189');
  });

  it('follows the cursor, and Escape gives the list its focus back', async () => {
    const { user } = await openApp({ subjects: 20 }, '#/uploads');
    const [first, second] = (await rows()).map((row) => row.dataset['upload']);
    await user.keyboard('j{Enter}');
    await waitFor(() => expect(screen.getByTestId('upload-pane')).toHaveAttribute('data-upload', first));
    await user.keyboard('j');
    await waitFor(() => expect(screen.getByTestId('upload-pane')).toHaveAttribute('data-upload', second));
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('upload-pane')).toBeNull();
    await waitFor(() => expect(screen.getByTestId('uploads-list')).toHaveFocus());
  });

  it('stays open while its life goes on, whichever of its events it was opened by', async () => {
    const { fake } = await openApp({ subjects: 10 }, '#/today');
    recovered(fake);
    const first = fake.ledger.events.find((kept) => kept.row.upload_id === '777001')?.row.sequence;
    history.replaceState(null, '', `#/uploads?at=${first}`);
    window.dispatchEvent(new PopStateEvent('popstate'));
    const pane = await screen.findByTestId('upload-pane');
    await waitFor(() => expect(pane).toHaveAttribute('data-state', 'completed'));
    const [person] = fake.persons;
    if (!person) throw new Error('somebody');
    fake.push(delivery.upload(fake.random, new Date(), '189', person, '777001', 'error', 'Truncated'));
    await waitFor(() => expect(pane).toHaveAttribute('data-state', 'error'));
    await waitFor(() => expect(pane).toHaveTextContent('regressed'));
  });

  it('leads to its own subject where another study has one of the same id', async () => {
    const { fake, user } = await openApp({ subjects: 10 }, '#/uploads');
    const list = fake.subjects.bind(fake);
    fake.subjects = async (asked) => {
      const page = await list(asked);
      const [mine] = page.rows;
      const others = mine ? [{ ...mine, key: 999_001, study_id: 'another' }] : [];
      return { ...page, rows: [...others, ...page.rows] };
    };
    await user.click((await rows())[0] as HTMLElement);
    await user.click(await screen.findByTestId('upload-subject'));
    await waitFor(() => expect(location.hash).toMatch(/^#\/subjects\?.*at=\d+/));
    expect(location.hash).not.toContain('999001');
  });

  it('says so where there is none', async () => {
    await openApp({ subjects: 10 }, '#/uploads?at=99999999');
    expect(await screen.findByText('This upload is not there')).toBeInTheDocument();
  });

  it('is copied as text, with its times in UTC', async () => {
    const fake = new Fake({ subjects: 5 });
    const person = recovered(fake);
    const last = fake.ledger.events.at(-1)?.row.sequence ?? 0;
    const text = uploadText(await uploadOf(fake, last));
    expect(text.split('\n').slice(0, 3)).toEqual([
      'Upload 777001',
      'State: completed',
      `Subject: ${person.id} · ${person.label}`,
    ]);
    expect(text).toMatch(/\d\d:\d\d:\d\d UTC {2}error {2}Battery too low/);
  });
});
