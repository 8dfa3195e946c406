// The whole window on a made-up program, as tests open it.
import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { tick } from 'svelte';
import { expect, vi } from 'vitest';

import App from '../App.svelte';
import { Fake, type FakeOptions } from '../ipc/fake';

export async function openApp(options: FakeOptions = {}, hash = '#/today') {
  history.replaceState(null, '', hash);
  const fake = new Fake({ subjects: 20, ...options });
  const user = userEvent.setup();
  render(App, { backend: fake });
  const view = hash.slice(2).split('?')[0] ?? 'today';
  await screen.findByTestId(`view-${view}`);
  await vi.waitFor(() => {
    if (document.querySelector('.skeleton')) throw new Error('still loading');
  });
  await tick();
  return { fake, user };
}

/** Waits until a dialog that was ended has gone: while it goes, nothing behind it can be clicked. */
export async function dialogGone(testId: string): Promise<void> {
  await waitFor(() => {
    expect(screen.queryByTestId(testId)).not.toBeInTheDocument();
    expect(document.body.style.pointerEvents).not.toBe('none');
  });
}
