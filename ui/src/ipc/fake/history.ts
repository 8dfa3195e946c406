// What the fake answers when CentrePoint's history is brought in.
import type { HistoryReport } from '../bindings/HistoryReport';

/** Two that are missing, one of them old news, among some that are not. */
export function someReport(change: Partial<HistoryReport> = {}): HistoryReport {
  const line = {
    id: '981',
    created_at: '2026-08-21T22:14:05.000000Z',
    event: 'upload',
    status: 'completed',
    subject_id: '44732',
    upload_id: '85045',
    delivery_id: '7d3c2a9e-0000-4000-8000-000000000001',
    outcome: 'new',
    reason: null,
  };
  return {
    webhook: 'study-189',
    dry_run: true,
    stopped: false,
    items: 41,
    added: 2,
    older: 1,
    answered: 0,
    verified: 2,
    differing: 0,
    unsigned: 0,
    unchecked: 0,
    known: 36,
    same_content: 1,
    validations: 1,
    outside: 0,
    other: 0,
    unusable: 1,
    from: '2026-08-21T22:14:05.000000Z',
    to: '2026-08-22T03:00:00.000000Z',
    warnings: [],
    lines: [
      line,
      {
        ...line,
        id: '982',
        status: 'error',
        upload_id: '85046',
        outcome: 'older',
        created_at: '2026-08-22T03:00:00.000000Z',
      },
      {
        ...line,
        id: '983',
        event: null,
        status: null,
        subject_id: null,
        upload_id: null,
        delivery_id: null,
        outcome: 'unusable',
        reason: 'its headers cannot be read',
      },
    ],
    more: 0,
    ...change,
  };
}
