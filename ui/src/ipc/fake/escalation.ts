// What escalates in the fake, checked as the wire's documentation says.
import type { ApiError } from '../bindings/ApiError';
import type { EscalationForm } from '../bindings/EscalationForm';
import type { EscalationStatus } from '../bindings/EscalationStatus';

export function noEscalation(): EscalationStatus {
  return {
    rules: {
      on: false,
      after_hours: 4,
      errors: true,
      stuck: true,
      silence: true,
      not_receiving: true,
      with_subjects: false,
      mail: null,
    },
    password_place: null,
    chat_place: null,
    messages: [],
  };
}

export function escalationSet(
  status: EscalationStatus,
  { rules, password, chat_url }: EscalationForm,
  fail: (message: string, field: string) => ApiError,
): EscalationStatus {
  const place = (typed: string | null, old: string | null) => (typed === null ? old : typed === '' ? null : 'keychain');
  if (!(rules.after_hours > 0 && rules.after_hours <= 8760))
    throw fail('the hours are a number above 0 and at most 8760 (a year)', 'after_hours');
  if (rules.mail && rules.mail.host.trim() === '')
    throw fail('the mail server is a name like mail.example.org', 'mail_host');
  if (chat_url && !chat_url.startsWith('https://')) throw fail('the address begins with https://', 'chat_url');
  const chat_place = place(chat_url, status.chat_place);
  if (rules.on && rules.mail === null && chat_place === null)
    throw fail('set up e-mail or a chat first: there is no way out yet', 'on');
  return { ...status, rules, password_place: place(password, status.password_place), chat_place };
}
