// A seeded study: two weeks of people uploading, some of it failing, up to a given moment.
import * as delivery from './delivery';
import type { Arrival, Person } from './delivery';
import type { Random } from './random';

const DAY = 86_400_000;

export function people(random: Random, count: number): Person[] {
  return Array.from({ length: count }, (_, at) => ({
    id: String(44_700 + at),
    label: String(101 + at).padStart(6, '0'),
    site: random.pick(['11', '12', '14']),
    serial: `TAS1Z${random.whole(10_000_000, 99_999_999)}`,
  }));
}

export function history(random: Random, now: Date, persons: Person[], days = 14): Arrival[] {
  const arrivals: Arrival[] = [];
  let uploadId = 84_000;
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  for (let day = days - 1; day >= 0; day -= 1) {
    const weekend = [0, 6].includes(new Date(midnight - day * DAY).getDay());
    for (const person of persons) {
      if (!random.chance(weekend ? 0.3 : 0.6)) continue;
      // Most people sync in the morning or in the evening.
      const hour = random.chance(0.6) ? 6.5 + random.next() * 4 : 16 + random.next() * 5;
      const start = midnight - day * DAY + hour * 3_600_000;
      uploadId += 1;
      arrivals.push(...life(random, start, person, String(uploadId)));
    }
  }
  // Under way right now, and two that never ended.
  for (const minutes of [4, 9, 21, 190, 260]) {
    uploadId += 1;
    const person = random.pick(persons);
    arrivals.push(
      delivery.upload(random, new Date(now.getTime() - minutes * 60_000), '189', person, String(uploadId), 'started'),
    );
  }
  for (const minutes of [35, 38, 52]) {
    uploadId += 1;
    const person = random.pick(persons);
    const at = now.getTime() - minutes * 60_000;
    arrivals.push(delivery.upload(random, new Date(at - 90_000), '189', person, String(uploadId), 'started'));
    arrivals.push(
      delivery.upload(random, new Date(at), '189', person, String(uploadId), 'error', delivery.MESSAGES[0]),
    );
  }
  return arrivals.filter((arrival) => arrival.at <= now).sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Everything one upload causes. */
export function life(random: Random, start: number, person: Person, id: string): Arrival[] {
  const study = person.site === '14' ? '204' : '189';
  const minutes = (count: number) => new Date(start + count * 60_000);
  const arrivals = [delivery.upload(random, minutes(0), study, person, id, 'started')];
  const end = random.whole(2, 14);
  if (random.chance(0.035)) {
    const message = random.pick(delivery.MESSAGES);
    arrivals.push(delivery.upload(random, minutes(end), study, person, id, 'error', message));
    if (random.chance(0.7)) arrivals.push(delivery.upload(random, minutes(end + 60), study, person, id, 'completed'));
    return arrivals;
  }
  if (random.chance(0.008)) {
    arrivals.push(
      delivery.rawProcessing(random, minutes(1), study, person, 'Raw data could not be read: unexpected device type'),
    );
  } else arrivals.push(delivery.rawProcessing(random, minutes(1), study, person, null));
  arrivals.push(delivery.upload(random, minutes(end), study, person, id, 'completed'));
  if (random.chance(0.6)) arrivals.push(delivery.statistics(random, minutes(end + 2), study, person));
  return arrivals;
}
