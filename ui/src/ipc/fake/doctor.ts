// The checks of the fake's set-up: most are well, one has something to know, one is wrong.
import type { Check } from '../bindings/Check';
import type { Checkup } from '../bindings/Checkup';

const WELL = (id: string, title: string, found: string, webhook: string | null = null): Check => ({
  id,
  webhook,
  title,
  level: 'green',
  found,
  next: null,
});

export function someChecks(): Check[] {
  return [
    WELL('port', 'The receiver listens', 'The receiver of this program answers at http://127.0.0.1:8737.'),
    {
      id: 'path',
      webhook: null,
      title: 'The way from the internet to this computer',
      level: 'red',
      found: 'The proxy or tunnel at https://hooks.example.org answers 502: it does not reach this computer.',
      next: 'See whether CentrePoint Monitor runs. Then let IT see whether the proxy or tunnel runs.',
    },
    WELL('certificate', 'The certificate, as CentrePoint sees it', 'The certificate is good until 1 March 2027.'),
    {
      id: 'handshake',
      webhook: 'study-189',
      title: 'Handshake: Study 189',
      level: 'amber',
      found: 'On this computer a handshake is answered as CentrePoint expects. From outside this cannot be told.',
      next: 'The check of the way from the internet says what to do.',
    },
    WELL('signature', 'Proof of deliveries: Study 189', 'What is signed with the secret is accepted.', 'study-189'),
    WELL('clock', 'The clock of this computer', 'The clock agrees, to within 1 second.'),
  ];
}

/** A checkup of which the first `done` checks have ended. */
export function checkupOf(checks: readonly Check[], done: number, begun_at: string | null): Checkup {
  const running = done < checks.length;
  return {
    running,
    begun_at,
    checks: checks.map((check, at) => (at < done ? check : { ...check, level: 'running', found: '', next: null })),
    text: running ? '' : checks.map((check) => `[${check.level}] ${check.title}\n    ${check.found}`).join('\n'),
  };
}
