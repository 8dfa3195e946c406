// When something usually comes of the fake's webhooks.
import type { SilenceRow } from '../bindings/SilenceRow';

/** Only the first has enough history. */
export function silenceOf(slug: string, rule = 'automatic'): SilenceRow {
  const isHours = rule !== 'automatic' && rule !== 'off';
  return {
    webhook: slug,
    rule: isHours ? 'hours' : rule,
    hours: isHours ? Number(rule) : null,
    rhythm:
      slug === 'study-189'
        ? {
            days: [true, true, true, true, true, false, false],
            from_hour: 7,
            to_hour: 21,
            every_hours: 3,
            alarm_after_hours: 6,
            time_zone: 'America/New_York',
          }
        : null,
    last_at: null,
    silent_since: null,
  };
}
