// What axe-core finds wrong with the page. jsdom draws nothing, so what needs drawing (contrast) is checked by contrast.test.ts.
import axe from 'axe-core';

export async function accessibilityFaults(within: Element = document.body): Promise<string[]> {
  const { violations } = await axe.run(within, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  return violations.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}
