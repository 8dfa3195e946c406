// The receiver of a made-up program says something of itself.
import type { ReceiverStatus } from '../ipc/bindings/ReceiverStatus';
import type { Fake } from '../ipc/fake';

/** The receiver is in what `change` names as it says there, in the rest as it was, and the window hears of it. */
export function tellReceiver(fake: Fake, change: Partial<ReceiverStatus> = {}): void {
  fake.receiver = { ...fake.receiver, ...change };
  fake.say({ type: 'receiver', status: fake.receiver });
}
