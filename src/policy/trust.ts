import type { HumanProof } from '#domain/key-option.ts';

/** Whose word is believed: of whoever has one of these keys, of anybody, or of nobody. */
export interface Trust {
  readonly mode: HumanProof;
  /** A digest of each key of the approvers file; none where nobody signs. */
  readonly approvers: readonly string[];
}
