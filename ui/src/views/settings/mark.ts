// Goes to a setting that was looked for: scrolled to, marked for a moment, and with the focus where it can have it.

/** How long the mark stays, in milliseconds. */
const MARKED = 2500;
/** What is marked around a control: all that belongs to the setting. */
const WHOLE = '.field, .toggle, .line, section';
/** A tab's content is drawn a moment after the tab. */
const PATIENCE = 20;

/** Whether the setting was there to be gone to. */
export function markSetting(at: string, page: Document = document, tries = PATIENCE): void {
  const found = page.querySelector<HTMLElement>(`[data-testid="${at}"]`);
  if (!found) {
    if (tries > 0) setTimeout(() => markSetting(at, page, tries - 1), 25);
    return;
  }
  const whole = found.closest<HTMLElement>(WHOLE) ?? found;
  whole.scrollIntoView({ block: 'center' });
  found.focus({ preventScroll: true });
  whole.classList.add('marked');
  setTimeout(() => whole.classList.remove('marked'), MARKED);
}
