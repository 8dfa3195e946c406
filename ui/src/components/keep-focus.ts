// The focus is never lost: where what had it is gone (an act ended it, a dialog closed, a list changed), the view's list has it, or what
// covers the list, or the view. Leaves alone a focus that the person gave up by a click on nothing.

/** What may take the focus, the first that can. */
const HEIRS = '[role="grid"][tabindex="0"], [role="treegrid"][tabindex="0"], section.pane[tabindex="-1"]';
const COVERS = '[role="dialog"], [role="alertdialog"], [role="menu"]';

/** Watches the page on behalf of a view; returns the way to stop. */
export function keepFocus(view: HTMLElement, page: Document = document): () => void {
  let last: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const seen = (event: FocusEvent) => (last = event.target instanceof Element ? event.target : null);

  const mend = () => {
    timer = undefined;
    const lost = page.activeElement === null || page.activeElement === page.body;
    if (!lost || last === null || last.isConnected || page.querySelector(COVERS)) return;
    for (const heir of [...view.querySelectorAll<HTMLElement>(HEIRS), view]) {
      // What is inert, as a covered list, does not take it.
      heir.focus({ preventScroll: true });
      if (page.activeElement === heir) return;
    }
  };

  // A dialog that closes gives the focus back by itself, a moment later.
  const look = () => (timer ??= setTimeout(mend, 20));
  const changes = new MutationObserver(look);
  changes.observe(page.body, { childList: true, subtree: true });
  page.addEventListener('focusin', seen);
  return () => {
    clearTimeout(timer);
    changes.disconnect();
    page.removeEventListener('focusin', seen);
  };
}
