/** A secret in a text, by where it stands: characters from `start` up to, not including, `end`. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  /** Such as `github-token`; never anything of the value. */
  readonly kind: string;
}

/** A secret in a file, by its line in the new content, from 1; never the value. */
export interface FoundSecret {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
}

/** Looks through one text; throws when it cannot say whether there are secrets. */
export type SecretScan = (text: string, path: string) => Promise<readonly SecretSpan[]>;
