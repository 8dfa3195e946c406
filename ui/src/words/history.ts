// What importing CentrePoint’s own history says.
import { number } from '../text/format';
import { count } from './counting';

export const history = {
  title: 'Import CentrePoint’s history',
  open: 'Import history…',
  section: 'History from CentrePoint',
  sectionText:
    'CentrePoint keeps its own history of what each webhook sent. After a time away, what is missing here can be added from it: nothing is added twice, and old news changes no newer state.',
  steps: {
    source:
      'CentrePoint keeps a history of what it sent. What is missing here is found first, and added once you agree.',
    tried: 'Nothing was added yet. This is what would be.',
    done: 'Done. An entry of the history says who did it.',
  },
  webhook: 'Webhook',
  source: 'Where the history is',
  fromFiles: 'In files',
  fromApi: 'At CentrePoint',
  choose: 'Choose files…',
  noFile: 'No file yet.',
  filesHint: 'Answers of CentrePoint’s V3 API for a webhook’s history, saved as JSON: one page or several.',
  apiHint:
    'CentrePoint’s V3 API is asked directly. Whoever manages CentrePoint for you knows these; the ids of study and webhook are those the portal shows.',
  fields: {
    study_id: 'Study id',
    webhook_id: 'Webhook id',
    token_url: 'Address for tokens',
    api_url: 'Address of the API',
    client_id: 'Client id',
  },
  secret: 'Client secret',
  secretHint: 'Used now and kept nowhere.',
  period: (from: string | null, to: string | null) =>
    `Only what CentrePoint made ${from === null ? 'from the beginning' : `from ${from}`} ${to === null ? 'until now' : `to ${to}`}`,
  look: 'Look what is missing',
  back: 'Back',
  add: (value: number) => (value === 0 ? 'Nothing to add' : `Add ${count(value, 'delivery', 'deliveries')}`),
  stop: 'Stop',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy the report',
  notRead: 'The history could not be read.',
  notAdded: 'Not everything could be added.',
  stages: {
    reading: 'Reading…',
    comparing: 'Comparing with what is here…',
    adding: 'Adding…',
  } as Record<string, string> & { reading: string },
  progress: (done: number, total: number | null) =>
    total === null ? number(done) : `${number(done)} of ${number(total)}`,
  would: (added: number, items: number) =>
    `${number(added)} of ${count(items, 'delivery', 'deliveries')} would be added`,
  did: (added: number, items: number) => `${number(added)} of ${count(items, 'delivery', 'deliveries')} added`,
  stopped: 'It was stopped before the end. Do it again for the rest: nothing is added twice.',
  made: (from: string, to: string) => `CentrePoint made them from ${from} to ${to}.`,
  older: (value: number) =>
    `${number(value)} of these ${value === 1 ? 'is' : 'are'} older than what is known by now and ${value === 1 ? 'changes' : 'change'} no state`,
  verified: (value: number) => `${number(value)} with the signature of this webhook’s secret`,
  differing: (value: number) => `${number(value)} with a signature that differs`,
  unsigned: (value: number) => `${number(value)} without a signature`,
  unchecked: (value: number) => `${number(value)} with a signature that could not be checked`,
  known: (value: number) => `${number(value)} already there`,
  sameContent: (value: number) => `${number(value)} already there (same content)`,
  validations: (value: number) => `${count(value, 'handshake', 'handshakes')}: nothing to keep`,
  outside: (value: number) => `${number(value)} of another time`,
  other: (value: number) => `${number(value)} of another webhook or study`,
  unusable: (value: number) => `${number(value)} cannot be used`,
  anyWebhook: 'Add those of another webhook or study, too: I know that they belong here',
  list: 'What it is about, delivery by delivery',
  shown: ['Made', 'Event', 'Subject', 'Upload', 'What becomes of it'],
  columns: ['made_at_utc', 'event', 'status', 'subject_id', 'upload_id', 'delivery_id', 'outcome', 'reason'],
  outcomes: {
    new: 'Missing here: added',
    older: 'Missing here: added, changes no state',
    other: 'Left out',
    unusable: 'Cannot be used',
  } as Record<string, string>,
  moreLines: (value: number) => `${number(value)} more are not listed.`,
  reportTitle: (webhook: string) => `CentrePoint’s history of ${webhook}`,
  nobody: 'none: it was brought in',
  madeAt: 'Never came here. From CentrePoint’s history, where it was made',
  checks: {
    verified: 'Its signature is that of the webhook’s secret.',
    differs:
      'Its signature differs: the secret was another one then, or CentrePoint’s history does not hold it byte for byte.',
    unsigned: 'The history holds no signature of it.',
    unchecked: 'Its signature could not be checked.',
  } as Record<string, string>,
};
