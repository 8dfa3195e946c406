// An event as one sentence.
import type { EventRow } from '../ipc/bindings/EventRow';
import { safeLine } from '../text/safe';
import { words } from './en';

export function sentence(row: EventRow): string {
  const w = words.events.sentence;
  const name = safeLine(row.subject_identifier ?? row.subject_label ?? row.subject_id ?? '');
  const who = name ? w.subject(name) : w.somebody;
  const failed = row.status === 'error';
  if (row.flags.includes('unreadable')) return w.unreadable;
  switch (row.event) {
    case 'upload': {
      const upload = safeLine(row.upload_id ?? '');
      if (row.status === 'started') return w.started(name ? w.subjectStart(name) : w.somebodyStart, upload);
      if (row.status === 'completed') return w.completed(who, upload);
      if (failed) return w.error(who, upload);
      return w.other(row.event);
    }
    case 'raw_processing_complete':
      return failed ? w.processingFailed(who) : w.processed(who);
    case 'data_retrieval_complete':
      return failed ? w.retrievalFailed(who) : w.retrieved(who);
    case 'daily_statistics_complete':
    case 'cp2_daily_statistics_complete':
      return w.statistics(who);
    case 'validation':
      return w.validation;
    default:
      return w.other(safeLine(row.event));
  }
}
