// Webhooks and refused deliveries of the fake's study.
import type { Rejection } from '../bindings/Rejection';
import type { WebhookRow } from '../bindings/WebhookRow';

export function someWebhooks(now: Date): WebhookRow[] {
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
  const common = {
    client_id: null,
    allow: [],
    enabled: true,
    secret_error: null,
    former: null,
    token_url: null,
    target_is_public: true,
    overdue_days: 3,
    late_days: 5,
    wear_minutes: 600,
  };
  return [
    {
      ...common,
      slug: 'study-189',
      name: 'Study 189',
      authentication: 'hmac',
      username: null,
      study_id: '189',
      time_zone: 'America/New_York',
      secret_place: 'keychain',
      target_url: 'https://hooks.example.org/hooks/study-189',
      validation: 'validated',
      handshake_at: ago(340),
      waiting: null,
      created_at: ago(341),
    },
    {
      ...common,
      slug: 'study-204',
      name: 'Study 204 (pilot)',
      authentication: 'basic',
      username: 'centrepoint',
      study_id: '204',
      time_zone: null,
      secret_place: 'file',
      target_url: 'https://hooks.example.org/hooks/study-204',
      validation: 'seen_unsigned',
      handshake_at: ago(3),
      waiting: { state: 'handshake_seen', at: ago(3), reason: null, signed: false },
      created_at: ago(30),
    },
    {
      ...common,
      slug: 'sleep-follow-up',
      name: 'Sleep follow-up',
      authentication: 'hmac',
      username: null,
      study_id: '211',
      time_zone: 'Europe/Rome',
      secret_place: 'keychain',
      target_url: 'https://hooks.example.org/hooks/sleep-follow-up',
      validation: 'waiting',
      handshake_at: null,
      waiting: { state: 'never_contacted', at: null, reason: null, signed: null },
      created_at: ago(1),
    },
  ];
}

export function someRejections(now: Date): Rejection[] {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();
  return [
    {
      received_at: ago(12),
      webhook: 'study-204',
      status: 401,
      reason: 'the user name or the password is wrong',
      source_ip: '13.82.60.74',
      delivery_id: '0f9G3fde-8Baf-0c83-1591-517307kpp19c',
      event: 'upload',
      size: 96,
    },
    {
      received_at: ago(200),
      webhook: 'study-189',
      status: 401,
      reason: 'signature differs: is the secret the one in the portal?',
      source_ip: '40.114.106.25',
      delivery_id: '7a1c1a52-7c1e-4bd1-8d6a-9a5f27c6c0aa',
      event: 'upload',
      size: 217,
    },
    {
      received_at: ago(2900),
      webhook: 'study-189',
      status: 413,
      reason: 'the body is larger than 1 MiB',
      source_ip: '198.51.100.7',
      delivery_id: null,
      event: null,
      size: 4_194_304,
    },
  ];
}
