// Plain English for the situations that are known. A message nobody has explained here is shown as the vendor wrote it, never guessed at.

import { safeLine } from '../text/safe';

export interface Situation {
  /** A headline: `Upload failed: battery voltage below threshold`. */
  title: string;
  happened: string;
  next: string[];
}

interface Known {
  /** Matched against the vendor's message, any casing. */
  pattern: RegExp;
  title: string;
  happened: string;
  next: string[];
}

const SUPPORT = 'If it fails twice, send this to ActiGraph support.';

const KNOWN: Known[] = [
  {
    pattern: /battery.*(low|below|flat|empty|drained)|low battery/i,
    title: 'battery too low',
    happened: 'CentrePoint could not take in this upload because the monitor’s battery was too low.',
    next: ['Ask the subject to charge the monitor fully and sync again.', SUPPORT],
  },
  {
    pattern: /not assigned|no (subject|device) assign/i,
    title: 'device not assigned',
    happened: 'CentrePoint does not know which subject this monitor belongs to.',
    next: ['Check in the portal that the monitor is assigned to this subject.', 'Then have the subject sync again.'],
  },
  {
    pattern: /not initiali[sz]ed/i,
    title: 'monitor not set up for this study',
    happened: 'CentrePoint received data from a monitor that was not set up for this study.',
    next: [
      'Check in the portal which study the monitor was set up for.',
      'Set it up again for this study, then have the subject sync.',
    ],
  },
  {
    pattern: /checksum|could not be decoded|corrupt/i,
    title: 'file damaged on the way',
    happened: 'The file CentrePoint received is damaged and could not be read.',
    next: ['Ask the subject to sync again, close to the hub or phone and on a good connection.', SUPPORT],
  },
  {
    pattern: /no epochs|no (activity )?data/i,
    title: 'no data in the file',
    happened: 'The upload arrived, but there is no recorded data in it.',
    next: [
      'Check that the monitor was started for this subject.',
      'Ask the subject to wear it, and to sync again.',
      SUPPORT,
    ],
  },
];

const OF_KIND: Record<string, { title: string; happened: string; next: string[] }> = {
  upload_error: {
    title: 'Upload failed',
    happened: 'CentrePoint reported an error for this upload.',
    next: ['Ask the subject to sync again.', SUPPORT],
  },
  processing_error: {
    title: 'Processing failed',
    happened: 'The data arrived at CentrePoint, but a later step of its processing failed.',
    next: [
      'Look in the portal whether the data of this subject is there.',
      'If it is not, send this to ActiGraph support.',
    ],
  },
  unreadable: {
    title: 'Unreadable delivery',
    happened:
      'A delivery came with the right credentials, but it is not the JSON that CentrePoint sends. It is kept as it came.',
    next: [
      'Look at the delivery: the Raw tab shows every byte.',
      'If it came from CentrePoint, send this to ActiGraph support.',
    ],
  },
  stuck_upload: {
    title: 'Upload has no end',
    happened: 'The upload started, and CentrePoint has not said since whether it was completed or failed.',
    next: [
      'Look in the portal whether the upload is there.',
      'Ask the subject to keep the app or the hub on and to sync again.',
      'If it stays, send this to ActiGraph support.',
    ],
  },
  silence: {
    title: 'Webhook is silent',
    happened:
      'Nothing came of this webhook for longer than is usual at these hours. What it sends may be getting lost.',
    next: [
      'Look in the portal whether the webhook is still enabled, and whether its address is the one shown under Settings, Webhooks.',
      'Look under Settings, Webhooks whether deliveries are being refused.',
      'If uploads are in the portal that are not here, have their deliveries resent.',
      'If the study is paused, resolve this, or switch it off for this webhook under Settings, Webhooks.',
    ],
  },
};

const UNKNOWN_KIND = { title: 'Problem', happened: 'Something wants a look.', next: ['Look at the delivery.'] };

/** What to say about a problem of this kind with this message. */
export function situation(kind: string, message: string | null): Situation {
  const general = OF_KIND[kind] ?? UNKNOWN_KIND;
  const known =
    message === null || kind === 'unreadable' ? undefined : KNOWN.find((entry) => entry.pattern.test(message));
  if (known) return { title: `${general.title}: ${known.title}`, happened: known.happened, next: known.next };
  const title = message === null ? general.title : `${general.title}: ${safeLine(message)}`;
  return { title, happened: general.happened, next: general.next };
}
