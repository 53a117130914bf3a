/** A secret that is told by its shape alone. */
export interface SecretShape {
  /** Global and linear. */
  readonly pattern: RegExp;
  /** Such as `github-token`. */
  readonly name: string;
}

/** Shapes that are secrets wherever they stand; every pattern is linear. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  {
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]|-(?!----)){0,16384}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
    name: 'private-key',
  },
  { pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, name: 'aws-key-id' },
  {
    pattern: /\bgh[pousr]_[A-Za-z0-9]{30,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g,
    name: 'github-token',
  },
  { pattern: /\bgl(?:pat|ptt|dt|rt|cbt)-[A-Za-z0-9_-]{20,64}/g, name: 'gitlab-token' },
  { pattern: /\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}/g, name: 'slack-token' },
  {
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/]{20,100}/g,
    name: 'slack-webhook',
  },
  { pattern: /\bsk-(?:[a-z]{2,12}-)?(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,255}/g, name: 'api-key' },
  { pattern: /\b(?:[sr]k|pk)_(?:live|test)_[A-Za-z0-9]{16,128}/g, name: 'stripe-key' },
  {
    pattern: /\bAIza[0-9A-Za-z_-]{35}|\bGOCSPX-[A-Za-z0-9_-]{20,64}|\bya29\.[A-Za-z0-9_-]{20,512}/g,
    name: 'google-key',
  },
  { pattern: /\bnpm_[A-Za-z0-9]{36}\b/g, name: 'npm-token' },
  {
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,2048}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,1024}/g,
    name: 'jwt',
  },
];
