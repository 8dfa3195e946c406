// The escalation form while it is typed. Secrets that are typed stay here until they are sent, and are never read back.
import type { EscalationForm } from '../ipc/bindings/EscalationForm';
import type { EscalationStatus } from '../ipc/bindings/EscalationStatus';

export class EscalationDraft {
  on = $state(false);
  afterHours = $state('');
  errors = $state(false);
  stuck = $state(false);
  silence = $state(false);
  not_receiving = $state(false);
  withSubjects = $state(false);
  byMail = $state(false);
  host = $state('');
  port = $state('');
  security = $state('starttls');
  username = $state('');
  from = $state('');
  /** One address a line. */
  to = $state('');
  password = $state('');
  chatUrl = $state('');
  forgetChat = $state(false);
  readonly #before: string;

  constructor({ rules }: EscalationStatus) {
    this.on = rules.on;
    this.afterHours = String(rules.after_hours);
    this.errors = rules.errors;
    this.stuck = rules.stuck;
    this.silence = rules.silence;
    this.not_receiving = rules.not_receiving;
    this.withSubjects = rules.with_subjects;
    this.byMail = rules.mail !== null;
    this.host = rules.mail?.host ?? '';
    this.port = String(rules.mail?.port ?? 587);
    this.security = rules.mail?.security ?? 'starttls';
    this.username = rules.mail?.username ?? '';
    this.from = rules.mail?.from ?? '';
    this.to = rules.mail?.to.join('\n') ?? '';
    this.#before = JSON.stringify(this.form());
  }

  /** Something was typed that is not saved. */
  get touched(): boolean {
    return JSON.stringify(this.form()) !== this.#before;
  }

  form(): EscalationForm {
    const number = (text: string) => (text.trim() === '' ? 0 : Number(text.trim().replace(',', '.')) || 0);
    const port = Math.trunc(number(this.port));
    return {
      rules: {
        on: this.on,
        after_hours: number(this.afterHours),
        errors: this.errors,
        stuck: this.stuck,
        silence: this.silence,
        not_receiving: this.not_receiving,
        with_subjects: this.withSubjects,
        mail: this.byMail
          ? {
              host: this.host,
              port: port > 0 && port < 65_536 ? port : 0,
              security: this.security,
              username: this.username,
              from: this.from,
              to: this.to.split(/[\n,;]/).filter((line) => line.trim() !== ''),
            }
          : null,
      },
      password: this.password === '' ? null : this.password,
      chat_url: this.forgetChat ? '' : this.chatUrl === '' ? null : this.chatUrl,
    };
  }
}
