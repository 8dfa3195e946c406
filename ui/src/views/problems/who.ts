// Whom a problem is about, in few words, and which others are like it.
import type { ProblemRow } from '../../ipc/bindings/ProblemRow';
import { words } from '../../words/en';

/** The same thing happened to someone else, and nobody has looked yet. */
export function isAlike(other: ProblemRow, problem: ProblemRow): boolean {
  const same = other.kind === problem.kind && other.message === problem.message && other.study_id === problem.study_id;
  return same && other.id !== problem.id && other.state === 'open';
}

export function whoIs(problem: ProblemRow): string {
  const name = problem.subject_label ?? problem.subject_id;
  const parts = [name, problem.study_id && words.problems.study(problem.study_id)];
  return parts.filter(Boolean).join(' · ') || problem.webhook;
}
