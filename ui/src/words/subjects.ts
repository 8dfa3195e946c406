// The board of subjects and a subject’s page.
import { number } from '../text/format';
import { count, hours } from './counting';

export const subjects = {
  placeholder: 'Search subjects',
  list: 'Subjects',
  columns: {
    label: 'Label',
    subject: 'Subject',
    study: 'Study',
    site: 'Site',
    monitor: 'Monitor',
    last: 'Last completed',
    at: 'At',
    state: 'State',
  },
  wear: 'Wear, last 14 days',
  shown: (value: number, more: boolean) =>
    `${count(value, 'subject', 'subjects')}${more ? ' and more: narrow the search to see them' : ''}`,
  sorts: {
    attention: 'who wants attention first',
    subject: 'by subject',
    site: 'by site',
    last: 'longest silent first',
  },
  empty: {
    title: 'No subjects yet',
    text: 'A subject appears with the first delivery that names it. To see who never uploaded, import a list of the subjects you expect.',
  },
  emptyOf: {
    silent: {
      title: 'Nobody is overdue',
      text: 'A subject without a completed upload for some days is here. How many days is set for each webhook in Settings.',
    },
    no_upload: {
      title: 'Everybody has uploaded',
      text: 'A subject that was expected or named, and of which no upload was completed yet, is here.',
    },
    on_leave: {
      title: 'Nobody is on leave',
      text: 'Open a subject and press On leave: it is not overdue until the leave has passed.',
    },
    finished: {
      title: 'Nobody has finished',
      text: 'Open a subject and press Finish when its part in the study is over: it is never overdue again.',
    },
  },
  nothing: 'No subject matches this search',
  showAll: 'Show all subjects',
  gone: 'This subject is no longer there',
  goneMeans:
    'It may have been on an imported list alone, or the history was prepared anew. The list shows who there is.',
  filter: 'Which subjects',
  filters: { all: 'All', silent: 'Overdue', no_upload: 'Never uploaded', on_leave: 'On leave', finished: 'Finished' },
  withCount: (name: string, value: number) => `${name} ${number(value)}`,
  never: 'never',
  days: (value: number) => (value === 0 ? 'today' : `${number(value)} d ago`),
  stateDays: (state: string, value: number) => `${state} ${number(value)} d`,
  leaveUntil: (state: string, day: string) => `${state} until ${day}`,
  conflicts: {
    label: 'Its label is in question',
    site: 'Its site is in question',
    monitor: 'Its monitor is in question',
  },
  wearDay: (day: string, minutes: number | null) =>
    minutes === null ? `${day}: no data` : `${day}: ${hours(minutes)} worn`,
  wearSummary: (withData: number, all: number, worn: number, threshold: string) =>
    `${number(withData)} of ${number(all)} days with data, ${number(worn)} with ${threshold} or more`,
  expected: 'On an imported list; nothing was received yet.',
  page: 'Subject',
  known: 'What is known',
  knownWhat: { label: 'Label', site: 'Site', monitor: 'Monitor' },
  imported: 'from your list',
  calendar: 'Wear time',
  calendarHint: (threshold: string) =>
    `A day counts as worn from ${threshold} on. Adjustable for each webhook in Settings.`,
  legend: { none: 'no data', zero: 'not worn', some: 'below', enough: 'worn' },
  noWear: 'No daily statistics were received for this subject.',
  asTable: 'As table',
  asCalendar: 'As calendar',
  minutes: 'Worn',
  day: 'Day',
  uploadsOf: 'Uploads',
  noUploads: 'No upload was received.',
  problemsOf: 'Problems',
  noProblems: 'No problem.',
  notes: 'Notes',
  noNotes: 'Nothing was written down.',
  showEvents: 'Show its deliveries',
  acts: { finish: 'Finish', leave: 'On leave', resume: 'Resume', note: 'Add note' },
  actTexts: {
    finish: 'Its part in the study is over. It is never overdue again; everything received of it stays.',
    leave: 'It is not overdue until that day has passed.',
    resume: 'Uploads are awaited again from now on.',
    note: 'The note becomes part of the subject’s page and cannot be removed.',
  },
  done: { finish: 'Finished.', leave: 'On leave.', resume: 'Resumed.', note: 'Note added.' },
  until: 'Last day of the leave (optional)',
  untilHint: 'As 2026-08-27. Without one, until you resume it.',
  untilWrong: 'Give a day as 2026-11-30, today or later.',
  what: { finished: 'finished', on_leave: 'put on leave', resumed: 'resumed', noted: 'noted' } as Record<
    string,
    string
  >,
  undone: 'Taken back.',
  import: 'Import list',
  importTitle: 'Import a list of subjects',
  importText:
    'A CSV file with one line a subject gives subjects your labels and shows who never uploaded. Nothing changes before you have seen what would.',
  importHint: 'The first line names the columns: Subject ID, Label, Site. The subject id or the label is needed.',
  importExample: 'Subject ID,Label,Site\n44732,000103,12\n44733,000104,12\n',
  importCopy: 'Copy an example',
  importWebhook: 'For which webhook',
  importChoose: 'Choose file',
  importNone: 'No file chosen',
  importColumns: 'Columns',
  importWhat: (rows: number, fresh: number, changed: number) =>
    `${count(rows, 'subject', 'subjects')}: ${number(fresh)} new, ${number(changed)} changed, ${number(rows - fresh - changed)} as it is.`,
  importProblems: 'These lines cannot be used. Mend them in the file and choose it again; nothing was imported.',
  importLine: (line: number, message: string) => `Line ${number(line)}: ${message}`,
  importZeros:
    'Labels differ in length: Excel drops leading zeros of numbers. Format the column as text and type them again if some are missing.',
  importOutcome: { new: 'new', changed: 'changed', same: 'as it is' } as Record<string, string>,
  importDo: 'Import',
  importDone: (rows: number) => `${count(rows, 'subject', 'subjects')} imported.`,
};
