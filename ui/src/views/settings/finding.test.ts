import { screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import { SETTINGS } from '../../state/settings-index';
import { openApp } from '../../testing/app';
import { accessibilityFaults } from '../../testing/axe';

describe('finding a setting', () => {
  it('goes to it by keys, marks it, and leaves the focus there', async () => {
    const { user } = await openApp({}, '#/settings');
    await user.type(await screen.findByTestId('find-setting'), 'stuck');
    expect(await screen.findByText('1 setting')).toBeInTheDocument();
    expect(await accessibilityFaults()).toEqual([]);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(screen.getByTestId('setting-stuck')).toHaveFocus());
    expect(screen.getByTestId('setting-stuck').closest('.marked')).not.toBeNull();
    expect(location.hash).toContain('tab=general');
  });

  it('says when there is none', async () => {
    const { user } = await openApp({}, '#/settings');
    await user.type(await screen.findByTestId('find-setting'), 'xylophone');
    expect((await screen.findAllByText('No setting is called that.')).length).toBeGreaterThan(0);
    await user.keyboard('{Escape}');
    expect(screen.getByTestId('find-setting')).toHaveValue('');
  });

  it('keeps what is typed by who leaves it and comes back at once', async () => {
    const { user } = await openApp({}, '#/settings');
    const field = await screen.findByTestId('find-setting');
    await user.type(field, 'xylo');
    field.blur();
    field.focus();
    await user.keyboard('phone');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(field).toHaveValue('xylophone');
    field.blur();
    await waitFor(() => expect(field).toHaveValue(''));
  });

  it('is in the palette, too', async () => {
    const { user } = await openApp();
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByTestId('palette-input'), 'backups');
    await user.click(await screen.findByText('Setting: Backups'));
    await screen.findByTestId('view-settings');
    await waitFor(() => expect(document.querySelector('.marked')).not.toBeNull());
  });

  it.each(SETTINGS.map(({ id, tab, at }) => [id, tab, at] as const))(
    '%s is where it is said to be',
    async (_id, tab, at) => {
      await openApp({}, `#/settings?tab=${tab}`);
      expect(await screen.findByTestId(at)).toBeInTheDocument();
    },
  );
});
