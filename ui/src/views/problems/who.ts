// Whom a problem is about, in few words.
import type { ProblemRow } from '../../ipc/bindings/ProblemRow';
import { words } from '../../words/en';

export function whoIs(problem: ProblemRow): string {
  const name = problem.subject_label ?? problem.subject_id;
  const parts = [name, problem.study_id && words.problems.study(problem.study_id)];
  return parts.filter(Boolean).join(' · ') || problem.webhook;
}
