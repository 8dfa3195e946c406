// What to look for after a time away, as text for whoever has the portal open.
import type { AwayGap } from '../../ipc/bindings/AwayGap';
import { words } from '../../words/en';

const w = words.away.gap;

export function gapText(gap: AwayGap): string {
  const uploads = gap.uploads.map((upload) =>
    [upload.upload_id, upload.subject_id ?? '', upload.subject_label ?? '', upload.started_at ?? ''].join('\t'),
  );
  const subjects = gap.subjects.map((subject) =>
    [subject.subject_id ?? '', subject.label ?? '', subject.last_completed_at ?? ''].join('\t'),
  );
  return [
    w.time,
    ...gap.windows.map((window) => w.window(window.from, window.to, window.zone)),
    '',
    ...(uploads.length > 0 ? [w.uploads, ...uploads] : [w.noUploads]),
    ...(gap.more_uploads > 0 ? [words.away.more(gap.more_uploads)] : []),
    '',
    ...(subjects.length > 0 ? [w.subjects, ...subjects] : [w.noSubjects]),
    ...(gap.more_subjects > 0 ? [words.away.more(gap.more_subjects)] : []),
    ...(gap.brought_in > 0 ? ['', w.found(gap.brought_in)] : []),
  ].join('\n');
}
