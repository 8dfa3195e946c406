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

describe('what is offered', () => {
  it('answers its key, as long as it is offered', () => {
    const keys = new Keys();
    const run = vi.fn();
    let there = true;
    keys.offer(() => (there ? [{ id: 'resolve', run }] : []));
    press(keys, 'r');
    there = false;
    press(keys, 'r');
    expect(run).toHaveBeenCalledOnce();
    expect(keys.offered).toEqual([]);
  });

  it('is listed once, the nearest first', () => {
    const keys = new Keys();
    const [view, pane] = [vi.fn(), vi.fn()];
    keys.offer(() => [
      { id: 'copy', run: view },
      { id: 'note', run: view },
    ]);
    keys.offer(() => [{ id: 'copy', run: pane }]);
    expect(keys.offered.map(({ id, run }) => [id, run])).toEqual([
      ['copy', pane],
      ['note', view],
    ]);
    press(keys, 'c');
    expect([pane.mock.calls.length, view.mock.calls.length]).toEqual([1, 0]);
  });

  it('is found by the place of a digit, too: some keyboards need shift for it', () => {
    const keys = new Keys();
    const run = vi.fn();
    keys.offer(() => [{ id: 'problems', run }]);
    press(keys, 'é', { ctrlKey: true, code: 'Digit2' });
    expect(run).toHaveBeenCalledOnce();
  });
});
