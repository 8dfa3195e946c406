import { render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';

import KindLabel from './KindLabel.svelte';
import StateBadge from './StateBadge.svelte';

describe('names that every object has', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is shown as it came', (name) => {
    render(KindLabel, { kind: name });
    render(StateBadge, { state: name });
    expect(screen.getAllByText(name)).toHaveLength(2);
  });
});
