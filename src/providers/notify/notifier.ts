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
  send(message: Message, signal: AbortSignal): Promise<SendOutcome>;
}
