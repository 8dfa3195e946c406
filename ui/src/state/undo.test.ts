import { describe, expect, it, vi } from 'vitest';

const said: { text: string; onClick?: () => void }[] = [];
vi.mock('svelte-sonner', () => {
  const toast = (text: string, options?: { action?: { onClick: () => void } }) => {
    said.push({ text, ...(options?.action ? { onClick: options.action.onClick } : {}) });
  };
  toast.error = (text: string) => said.push({ text });
  return { toast };
});

const { Undo } = await import('./undo.svelte');

describe('the way back', () => {
  it('takes back the latest first, and each once', async () => {
    const undo = new Undo();
    const back: string[] = [];
    undo.done('one', () => Promise.resolve(void back.push('one')));
    undo.done('two', () => Promise.resolve(void back.push('two')));
    undo.done('nothing to take back');
    await undo.latest();
    await undo.latest();
    await undo.latest();
    expect(back).toEqual(['two', 'one']);
  });

  it('takes back what its own toast is about, not the latest', async () => {
    const undo = new Undo();
    const back: string[] = [];
    said.length = 0;
    undo.done('one', () => Promise.resolve(void back.push('one')));
    undo.done('two', () => Promise.resolve(void back.push('two')));
    said[0]?.onClick?.();
    await Promise.resolve();
    expect(back).toEqual(['one']);
    said[0]?.onClick?.();
    await undo.latest();
    expect(back).toEqual(['one', 'two']);
  });

  it('says when it fails', async () => {
    const undo = new Undo();
    said.length = 0;
    undo.done('one', () => Promise.reject(new Error('disk full')));
    await undo.latest();
    expect(said.at(-1)?.text).toMatch(/could not be undone/);
  });
});
