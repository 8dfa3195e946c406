// What an import did, in lines: to be read, and to be copied.
import type { HistoryReport } from '../../ipc/bindings/HistoryReport';
import { full } from '../../text/format';
import { words } from '../../words/en';

const w = words.history;

/** Figures that are not nothing, each as a line. */
export function figures(report: HistoryReport): string[] {
  const said: [number, (value: number) => string][] = [
    [report.older, w.older],
    [report.verified, w.verified],
    [report.differing, w.differing],
    [report.unsigned, w.unsigned],
    [report.unchecked, w.unchecked],
    [report.known, w.known],
    [report.same_content, w.sameContent],
    [report.validations, w.validations],
    [report.outside, w.outside],
    [report.other, w.other],
    [report.unusable, w.unusable],
  ];
  return said.filter(([value]) => value > 0).map(([value, say]) => say(value));
}

/** All of it as text. */
export function reportText(report: HistoryReport, webhook: string): string {
  const head = [
    w.reportTitle(webhook),
    report.dry_run ? w.would(report.added, report.items) : w.did(report.added, report.items),
    ...(report.stopped ? [w.stopped] : []),
    ...(report.from !== null && report.to !== null ? [w.made(full(report.from), full(report.to))] : []),
    ...figures(report),
    ...report.warnings,
  ];
  const lines = report.lines.map((line) =>
    [
      line.created_at ?? '',
      line.event ?? '',
      line.status ?? '',
      line.subject_id ?? '',
      line.upload_id ?? '',
      line.delivery_id ?? '',
      w.outcomes[line.outcome] ?? line.outcome,
      line.reason ?? '',
    ].join('\t'),
  );
  const more = report.more > 0 ? [w.moreLines(report.more)] : [];
  return [...head, '', w.columns.join('\t'), ...lines, ...more].join('\n');
}
