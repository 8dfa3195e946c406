// What CentrePoint would send, as the fake's arrivals: bodies and headers that look like the vendor's.
import type { Random } from './random';

export interface Person {
  id: string;
  label: string;
  site: string;
  serial: string;
}

export interface Arrival {
  at: Date;
  webhook: string;
  event: string;
  deliveryId: string | null;
  body: string;
  study: string;
  person: Person | null;
  upload: string | null;
  status: string | null;
  message: string | null;
}

export const MESSAGES = [
  'Battery voltage below threshold (3.41 V): file is truncated',
  'Upload file could not be decoded: checksum mismatch in block 117',
  'Subject is not assigned to this device',
  'No epochs were found in the uploaded file',
  'Unexpected end of stream',
] as const;

function vendorTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}.0000000`;
}

export function upload(
  random: Random,
  at: Date,
  study: string,
  person: Person,
  id: string,
  status: 'started' | 'completed' | 'error',
  message: string | null = null,
): Arrival {
  const body: Record<string, unknown> = { uploadId: id, studyId: study, subjectId: person.id, status };
  if (status === 'error') body['message'] = message;
  if (status === 'completed') {
    const first = new Date(at.getTime() - 6 * 86_400_000);
    body['firstEpochUTC'] = vendorTime(first);
    body['firstEpochSubjectTZ'] = vendorTime(new Date(first.getTime() - 4 * 3_600_000));
    body['lastEpochUTC'] = vendorTime(new Date(at.getTime() - 600_000));
    body['lastEpochSubjectTZ'] = vendorTime(new Date(at.getTime() - 600_000 - 4 * 3_600_000));
  }
  return {
    at,
    webhook: `study-${study}`,
    event: 'upload',
    deliveryId: random.guid(),
    body: JSON.stringify(body),
    study,
    person,
    upload: id,
    status,
    message,
  };
}

export function rawProcessing(random: Random, at: Date, study: string, person: Person, error: string | null): Arrival {
  const body = {
    study_id: Number(study),
    subject_id: Number(person.id),
    subject_identifier: person.label,
    monitor_serial: person.serial,
    status: error === null ? 'Completed' : 'Error',
    created_at_utc: at.toISOString(),
    min_event_timestamp: new Date(at.getTime() - 6 * 86_400_000).toISOString(),
    max_event_timestamp: at.toISOString(),
    error_message: error,
  };
  return {
    at,
    webhook: `study-${study}`,
    event: 'raw_processing_complete',
    deliveryId: random.guid(),
    body: JSON.stringify(body),
    study,
    person,
    upload: null,
    status: error === null ? 'completed' : 'error',
    message: error,
  };
}

export function statistics(random: Random, at: Date, study: string, person: Person): Arrival {
  const wear = random.whole(0, 1440);
  // Written by hand: numbers longer than a double, duplicate keys and odd text are what an inspector must show as they are.
  const body = `{"id":${random.whole(1, 9)}0719925474099312345,"studyId":${study},"siteId":${person.site},"subjectId":${person.id},"subjectIdentifier":"${person.label}","date":"${at.toISOString().slice(0, 10)}","activityMonitorSerials":["${person.serial}"],"epochAggregation":{"wearMinutes":${wear},"nonWearMinutes":${1440 - wear},"sleepMinutes":${random.whole(300, 520)},"awakeMinutes":${random.whole(700, 1000)},"vectorMagnitudeCounts":${random.whole(100000, 999999)}.50,"firstEpochUTC":"${at.toISOString()}"},"freedsonAggregations":[{"name":"Sedentary","minutes":${random.whole(200, 700)}},{"name":"Light","minutes":${random.whole(60, 300)}},{"name":"Moderate","minutes":${random.whole(0, 90)}}]}`;
  return {
    at,
    webhook: `study-${study}`,
    event: 'daily_statistics_complete',
    deliveryId: random.guid(),
    body,
    study,
    person,
    upload: null,
    status: null,
    message: null,
  };
}

export function headersOf(arrival: Arrival, signature: string | null): { name: string; value: string }[] {
  const headers = [
    { name: 'Host', value: 'hooks.example.org' },
    { name: 'User-Agent', value: 'ActiGraph-Hookshot/1.0, ActiGraph-Hookshot/1.0' },
    { name: 'Content-Type', value: 'application/json; charset=utf-8' },
    { name: 'Expect', value: '100-continue' },
    { name: 'X-ActiGraph-Webhook-Id', value: '27,' },
    { name: 'X-ActiGraph-Event', value: arrival.event },
  ];
  if (arrival.deliveryId) headers.push({ name: 'X-ActiGraph-Delivery', value: arrival.deliveryId });
  if (signature) headers.push({ name: 'X-ActiGraph-Signature', value: signature });
  headers.push({ name: 'X-Client-Cert-Used', value: 'False' });
  headers.push({ name: 'Content-Length', value: String(new TextEncoder().encode(arrival.body).length) });
  return headers;
}
