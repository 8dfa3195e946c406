// Why a notification popped up or not, in words.
import type { NotificationRow } from '../../ipc/bindings/NotificationRow';
import { moment } from '../../text/format';
import { safeLine } from '../../text/safe';
import { words } from '../../words/en';

/** What became of it; `resumes`: when what is held comes. */
export function outcomeOf(row: NotificationRow, resumes: string | null, now: Date): string {
  const w = words.notifications.outcome;
  const held = row.held_by === 'muted' ? w.muted : row.held_by === 'quiet_hours' ? w.quietHours : null;
  const detail = safeLine(row.detail ?? '');
  const at = row.told_at ? moment(row.told_at, now) : '';
  const said = (() => {
    switch (row.outcome) {
      case 'shown':
        return w.shown(detail, at);
      case 'off':
        return w.off;
      case 'settled':
        return w.settled;
      case 'no_service':
        return w.noService;
      case 'refused':
        return w.refused(detail);
      case 'no_answer':
        return w.noAnswer;
      default:
        return row.stage === 'held' ? w.comes(resumes ? moment(resumes, now) : '') : w.about;
    }
  })();
  return held ? w.both(held, said.charAt(0).toLowerCase() + said.slice(1)) : said;
}
