import { screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';

import { accessibilityFaults } from '../../testing/axe';
import { openApp } from '../../testing/app';

it('settings come from a file once what they change was seen, and a named person agreed', async () => {
  const { fake, user } = await openApp({}, '#/settings?tab=general');
  fake.settingsPlan = {
    exported_at: null,
    changes: [
      { webhook: null, name: 'stuck_after_hours', before: '2.0', after: '4.0' },
      { webhook: 'oslo', name: 'webhook', before: null, after: 'Oslo (hmac)' },
    ],
    notes: ['The secret of Oslo is not in the file.'],
  };
  await user.click(await screen.findByTestId('settings-import'));
  const plan = await screen.findByTestId('settings-plan');
  expect(plan).toHaveTextContent('Nothing is changed yet.');
  expect(plan).toHaveTextContent('stuck_after_hours');
  expect(plan).toHaveTextContent('The secret of Oslo is not in the file.');
  expect(await accessibilityFaults()).toEqual([]);
  await user.clear(screen.getByTestId('settings-plan-name'));
  expect(screen.getByTestId('settings-apply')).toBeDisabled();
  await user.type(screen.getByTestId('settings-plan-name'), 'A. Bianchi');
  await user.click(screen.getByTestId('settings-apply'));
  await waitFor(() => expect(screen.queryByTestId('settings-plan')).toBeNull());
  expect(fake.settingsRequests.map((request) => [request.dry_run, request.by])).toEqual([
    [true, 'M. Rossi'],
    [false, 'A. Bianchi'],
  ]);
});

it('a file that cannot be used is said in plain words, and an export says where it is', async () => {
  const { fake, user } = await openApp({}, '#/settings?tab=general');
  fake.settingsFailure = { code: 'invalid', message: 'it is no file with settings', span: null, field: 'path' };
  await user.click(await screen.findByTestId('settings-import'));
  expect(await screen.findByText('It is no file with settings')).toBeInTheDocument();
  expect(screen.queryByTestId('settings-plan')).toBeNull();
  await user.click(screen.getByTestId('settings-export'));
  expect(await screen.findByText(/^Written to \/home\/rossi\/settings.json/)).toBeInTheDocument();
  expect(await accessibilityFaults()).toEqual([]);
});
