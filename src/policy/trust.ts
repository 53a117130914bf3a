/** Whose word is believed: of whoever has a key of these entries, of anybody, or of nobody. */
export interface Trust {
  readonly mode: 'signed' | 'advisory' | 'none';
  /** A digest of each entry of the approvers file; none where nobody signs. */
  readonly approvers: readonly string[];
}
