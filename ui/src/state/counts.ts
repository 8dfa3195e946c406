// Sums of the program's figures that more than one place shows.
import type { Counts } from '../ipc/bindings/Counts';

/** Open problems that want a person now: what is put aside comes back by itself. */
export const wanting = (counts: Counts): number => counts.open_problems - counts.snoozed_problems;
