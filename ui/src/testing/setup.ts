// What jsdom lacks and the window needs.
import '@testing-library/jest-dom/vitest';

import { cleanup, configure } from '@testing-library/svelte';
import { afterEach, vi } from 'vitest';

/** The size every element has in tests: enough for a virtual list to show some rows. */
const WIDTH = 1000;
const HEIGHT = 640;

// A busy computer may need longer; a test that passes does not wait for it.
configure({ asyncUtilTimeout: 8000 });

class FixedResizeObserver implements ResizeObserver {
  constructor(private readonly heard: ResizeObserverCallback) {}
  observe(target: Element): void {
    // Rows of a virtual list are 32 px, what scrolls is as high as the window.
    const scrolls = target instanceof HTMLElement && target.style.overflowY === 'auto';
    const isRow =
      !scrolls &&
      target.parentElement?.closest('[data-list]') &&
      target.querySelector('[role="row"], [role="treeitem"]');
    const size = { width: WIDTH, height: isRow ? 32 : HEIGHT };
    const contentRect = {
      ...size,
      x: 0,
      y: 0,
      top: 0,
      left: 0,
      right: size.width,
      bottom: size.height,
      toJSON: () => size,
    };
    queueMicrotask(() => this.heard([{ target, contentRect } as unknown as ResizeObserverEntry], this));
  }
  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal('ResizeObserver', FixedResizeObserver);
vi.stubGlobal('matchMedia', (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, get: () => HEIGHT });
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, get: () => WIDTH });
Object.defineProperty(HTMLElement.prototype, 'offsetParent', {
  configurable: true,
  get(this: HTMLElement) {
    return this.parentElement;
  },
});
// What is in the page is taken to be seen: what keeps the focus inside a dialog asks for it.
Element.prototype.getClientRects = function () {
  return (this.isConnected ? [this.getBoundingClientRect()] : []) as unknown as DOMRectList;
};
HTMLCanvasElement.prototype.getContext = () => null;
HTMLElement.prototype.scrollIntoView = () => undefined;
HTMLElement.prototype.scrollTo = () => undefined;
HTMLElement.prototype.setPointerCapture = () => undefined;
HTMLElement.prototype.hasPointerCapture = () => false;

afterEach(() => {
  cleanup();
  localStorage.clear();
  history.replaceState(null, '', '#');
});
