import { describe, expect, it, vi } from 'vitest';

import { Keys } from './keys.svelte';

function press(keys: Keys, key: string, options: KeyboardEventInit = {}, target: HTMLElement = document.body) {
  const event = new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true, ...options });
  target.addEventListener('keydown', (heard) => keys.handle(heard), { once: true });
  target.dispatchEvent(event);
  return event;
}

describe('Keys', () => {
  it('ask the last to register first', () => {
    const keys = new Keys();
    const [frame, view] = [vi.fn(), vi.fn()];
    keys.register({ Escape: frame });
    const off = keys.register({ Escape: view });
    press(keys, 'Escape');
    expect([frame.mock.calls.length, view.mock.calls.length]).toEqual([0, 1]);
    off();
    press(keys, 'Escape');
    expect(frame).toHaveBeenCalledOnce();
  });

  it('are off for single keys while someone types, not for commands', () => {
    const keys = new Keys();
    const [single, command] = [vi.fn(), vi.fn()];
    keys.register({ a: single, 'mod+k': command });
    const input = document.body.appendChild(document.createElement('input'));
    press(keys, 'a', {}, input);
    press(keys, 'k', { ctrlKey: true }, input);
    input.remove();
    expect(single).not.toHaveBeenCalled();
    expect(command).toHaveBeenCalledOnce();
  });

  it('are off while a dialog is open', () => {
    const keys = new Keys();
    const single = vi.fn();
    keys.register({ a: single });
    const dialog = document.body.appendChild(document.createElement('div'));
    dialog.setAttribute('role', 'dialog');
    press(keys, 'a');
    dialog.remove();
    expect(single).not.toHaveBeenCalled();
  });

  it('leave Enter to the button that has the focus', () => {
    const keys = new Keys();
    const open = vi.fn();
    keys.register({ Enter: open });
    const button = document.body.appendChild(document.createElement('button'));
    press(keys, 'Enter', {}, button);
    button.remove();
    expect(open).not.toHaveBeenCalled();
    press(keys, 'Enter');
    expect(open).toHaveBeenCalledOnce();
  });

  it('mean the same with caps lock', () => {
    const keys = new Keys();
    const acknowledge = vi.fn();
    keys.register({ a: acknowledge });
    press(keys, 'A');
    expect(acknowledge).toHaveBeenCalledOnce();
  });
});
