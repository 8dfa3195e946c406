// Whom problems are about, in few words.
import type { ProblemGroup } from '../../ipc/bindings/ProblemGroup';
import type { ProblemRow } from '../../ipc/bindings/ProblemRow';
import { safeLine } from '../../text/safe';
import { words } from '../../words/en';

export function whoIs(problem: ProblemRow): string {
  const label = problem.subject_label === problem.subject_id ? null : problem.subject_label;
  const name = [label, problem.subject_id].filter(Boolean).join(' ');
  const parts = [name, problem.study_id && words.problems.study(safeLine(problem.study_id))];
  return parts.filter(Boolean).join(' · ') || problem.webhook;
}

/** `4 uploads, 3 subjects` */
export function countOf(group: ProblemGroup): string {
  const w = words.problems;
  const things =
    group.kind === 'unreadable'
      ? w.deliveriesOf(group.problems)
      : group.kind === 'processing_error'
        ? w.problemsOf(group.problems)
        : group.kind === 'silence'
          ? w.webhooksOf(group.problems)
          : w.uploadsOf(group.problems);
  return group.subjects > 0 ? `${things}, ${w.subjectsOf(group.subjects)}` : things;
}
