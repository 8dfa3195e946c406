import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import JsonTreeHarness from '../testing/JsonTreeHarness.svelte';

const TEXT = '{"study":{"id":12345678901234567890,"name":"a\\u202eb"},"list":[1,2,{"deep":"needle"}]}';

const current = () =>
  document.querySelector('[role="treeitem"][aria-selected="true"]')?.textContent?.replace(/\s+/g, ' ').trim();

describe('the JSON tree', () => {
  it('is walked, closed and opened by keys', async () => {
    const user = userEvent.setup();
    render(JsonTreeHarness, { text: TEXT });
    const tree = screen.getByRole('tree');
    tree.focus();
    await user.keyboard('{ArrowDown}');
    expect(current()).toContain('study');
    await waitFor(() => expect(screen.getAllByRole('treeitem')).toHaveLength(9));
    await user.keyboard('{ArrowLeft}');
    await waitFor(() => expect(screen.getAllByRole('treeitem')).toHaveLength(7));
    await user.keyboard('{ArrowRight}{ArrowRight}');
    expect(current()).toContain('12345678901234567890');
    await user.keyboard('{ArrowLeft}');
    expect(current()).toContain('study');
    await user.keyboard('{End}');
    expect(current()).toContain('needle');
    expect(tree).toHaveAttribute('aria-activedescendant', document.querySelector('[aria-selected="true"]')?.id);
  });

  it('finds a value inside what is closed and gives its path', async () => {
    const user = userEvent.setup();
    render(JsonTreeHarness, { text: TEXT });
    await user.click(screen.getByRole('button', { name: 'Close all' }));
    await user.type(screen.getByRole('textbox'), 'NEEDLE{Enter}');
    expect(await screen.findByText('$.list[2].deep')).toBeInTheDocument();
    expect(screen.getByText('1 of 1')).toBeInTheDocument();
  });

  it('copies a path and a value as sent', async () => {
    const user = userEvent.setup();
    render(JsonTreeHarness, { text: TEXT });
    screen.getByRole('tree').focus();
    await user.keyboard('{ArrowDown}{ArrowDown}p');
    expect(await navigator.clipboard.readText()).toBe('$.study.id');
    await user.keyboard('c');
    expect(await navigator.clipboard.readText()).toBe('12345678901234567890');
  });

  it('shows hostile text as text, and what is not JSON not at all', async () => {
    const { unmount } = render(JsonTreeHarness, { text: TEXT });
    expect(await screen.findByText('a⟨U+202E⟩b')).toBeInTheDocument();
    unmount();
    render(JsonTreeHarness, { text: 'not json' });
    expect(screen.queryByRole('tree')).toBeNull();
  });
});
