import { createHash } from 'node:crypto';

/** One message to one receiver. */
export interface Message {
  /** The same at each attempt, so that a receiver can drop what it has already. */
  readonly id: string;
  readonly body: string;
}

/** How one attempt ended. */
export type SendOutcome =
  | { readonly sent: true }
  | {
      readonly sent: false;
      /** Untrusted text of the receiver may be inside, uncut: redact it, then cut it, before it is shown. */
      readonly why: string;
      /** How long the receiver asks to wait. */
      readonly waitMs?: number;
      /** The same message will never be taken. */
      readonly final?: boolean;
      /** We let it go; the receiver said nothing. */
      readonly cancelled?: boolean;
    };

/** Sends messages to one receiver; never throws, and answers within its time limit. */
export interface Notifier {
  /** Such as `webhook`, `slack`. */
  readonly name: string;
  /** Tells receivers of one kind apart: what another configuration told its own is not told here by that. */
  readonly receiver: string;
  send(message: Message, signal: AbortSignal): Promise<SendOutcome>;
}

/** A receiver by its kind and its address, which may be a secret: of that 64 bits of SHA-256. */
export function receiverOf(name: string, url: string): string {
  return `${name}:${createHash('sha256').update(url).digest('hex').slice(0, 16)}`;
}
