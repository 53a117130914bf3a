import type { SecretSpan } from '#domain/secret-scan.ts';

/** A secret that is told by its shape alone. */
export interface SecretShape {
  /** Global and linear. */
  readonly pattern: RegExp;
  /** Such as `github-token`. */
  readonly name: string;
  /** Texts parted by blanks, in any case, one of which stands in every match: who knows that none is there need not look. */
  readonly anchors: string;
  /** True for every text with a match; a quicker look than the pattern's own, where the anchors stand in many texts. */
  readonly mayStandIn?: (text: string) => boolean;
}

/** Nothing before and after that would make it a part of a longer word. */
const alone = (source: string): RegExp => new RegExp(`(?<![A-Za-z0-9_-])(?:${source})(?![A-Za-z0-9_-])`, 'g');

/** A whole JSON Web Token, or what is built like one. */
const JWT = 'eyJ[A-Za-z0-9_-]{8,2048}\\.eyJ[A-Za-z0-9_-]{8,4096}\\.[A-Za-z0-9_-]{8,1024}';

/** The only shape that spans lines. */
const PRIVATE_KEY: SecretShape = {
  pattern:
    /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,16384}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
  name: 'private-key',
  anchors: 'PRIVATE',
};

/** Shapes on one line; none matches a line feed or looks past one. */
const LINE_SHAPES: readonly SecretShape[] = [
  { pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/g, name: 'aws-key-id', anchors: 'AKIA ASIA ABIA ACCA' },
  {
    pattern:
      /\bgh[pousr]_[A-Za-z0-9]{30,255}\b|\bghs_[0-9]{1,20}_[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_.-]{20,2048}|\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g,
    name: 'github-token',
    anchors: 'ghp_ gho_ ghu_ ghs_ ghr_ github_pat_',
  },
  {
    pattern: /\bgl(?:pat|ptt|dt|rt|rtr|cbt|ft|soat|agent|imt|ffct|oas)-[A-Za-z0-9_-]{20,64}/g,
    name: 'gitlab-token',
    anchors: 'glpat- glptt- gldt- glrt- glrtr- glcbt- glft- glsoat- glagent- gloas- glimt- glffct-',
  },
  {
    pattern: /\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}|\bxoxe\.xox[bp]-[A-Za-z0-9-]{10,255}/g,
    name: 'slack-token',
    anchors: 'xox xapp-',
  },
  {
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/]{20,100}/g,
    name: 'slack-webhook',
    anchors: 'hooks.slack.com',
  },
  {
    pattern: /https:\/\/(?:canary\.|ptb\.)?discord(?:app)?\.com\/api\/webhooks\/[0-9]{15,20}\/[A-Za-z0-9_-]{60,80}/g,
    name: 'discord-webhook',
    anchors: '/api/webhooks/',
  },
  { pattern: /\bsk-(?:[a-z]{2,12}-)?(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,255}/g, name: 'api-key', anchors: 'sk-' },
  {
    pattern: /\b(?:[sr]k|pk)_(?:live|test)_[A-Za-z0-9]{16,128}|\bwhsec_[A-Za-z0-9+/=]{32,64}/g,
    name: 'stripe-key',
    anchors: 'sk_ rk_ pk_ whsec_',
  },
  {
    pattern: /\bAIza[0-9A-Za-z_-]{35}|\bGOCSPX-[A-Za-z0-9_-]{20,64}|\bya29\.[A-Za-z0-9_-]{20,512}/g,
    name: 'google-key',
    anchors: 'AIza GOCSPX- ya29.',
  },
  { pattern: /\bnpm_[A-Za-z0-9]{36}\b/g, name: 'npm-token', anchors: 'npm_' },
  { pattern: new RegExp(`(?<![A-Za-z0-9_-])${JWT}`, 'g'), name: 'jwt', anchors: 'eyJ' },
  { pattern: /\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}/g, name: 'sendgrid-key', anchors: 'SG.' },
  { pattern: alone('pypi-AgEI[A-Za-z0-9_-]{50,512}'), name: 'pypi-token', anchors: 'pypi-' },
  { pattern: alone('rubygems_[a-f0-9]{48}'), name: 'rubygems-key', anchors: 'rubygems_' },
  { pattern: alone('do[opr]_v1_[a-f0-9]{64}'), name: 'digitalocean-token', anchors: 'doo_v1_ dop_v1_ dor_v1_' },
  {
    pattern: alone('shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,64}'),
    name: 'shopify-token',
    anchors: 'shpat_ shpca_ shppa_ shpss_',
  },
  {
    pattern: alone('glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2}'),
    name: 'grafana-token',
    anchors: 'glsa_ glc_',
  },
  { pattern: alone('hv[bsr]\\.[A-Za-z0-9_-]{24,300}'), name: 'vault-token', anchors: 'hvb. hvr. hvs.' },
  { pattern: alone('hf_[A-Za-z]{34}|api_org_[A-Za-z]{34}'), name: 'huggingface-token', anchors: 'hf_ api_org_' },
  {
    pattern: alone('gsk_[A-Za-z0-9]{52}|r8_[A-Za-z0-9]{37}|pplx-[A-Za-z0-9]{48}|xai-[A-Za-z0-9]{80}'),
    name: 'model-key',
    anchors: 'gsk_ r8_ pplx- xai-',
  },
  { pattern: alone('lin_(?:api|oauth)_[A-Za-z0-9]{32,128}'), name: 'linear-key', anchors: 'lin_' },
  {
    pattern: alone('ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43}'),
    name: 'notion-token',
    anchors: 'ntn_ secret_',
  },
  { pattern: alone('ops_eyJ[A-Za-z0-9+/=]{100,1280}'), name: '1password-token', anchors: 'ops_' },
  { pattern: alone('vc[piark]_[A-Za-z0-9]{20,60}'), name: 'vercel-token', anchors: 'vcp_ vci_ vca_ vcr_ vck_' },
  { pattern: alone('dapi[a-f0-9]{32}(?:-[0-9])?'), name: 'databricks-token', anchors: 'dapi' },
  { pattern: alone('dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,64}'), name: 'docker-token', anchors: 'dckr_' },
  { pattern: alone('figd_[A-Za-z0-9_-]{40,200}'), name: 'figma-token', anchors: 'figd_' },
  { pattern: alone('cf(?:k|ut|at)_[A-Za-z0-9]{40}[0-9a-f]{8}'), name: 'cloudflare-token', anchors: 'cfk_ cfut_ cfat_' },
  {
    pattern: alone('tskey-[a-z]{2,20}-[0-9A-Za-z]{8,40}-[0-9A-Za-z]{16,60}'),
    name: 'tailscale-key',
    anchors: 'tskey-',
  },
  {
    pattern: alone('[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,70}'),
    name: 'terraform-token',
    anchors: '.atlasv1.',
  },
  { pattern: alone('pul-[a-f0-9]{40}'), name: 'pulumi-token', anchors: 'pul-' },
  { pattern: alone('pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}'), name: 'planetscale-token', anchors: 'pscale_' },
  { pattern: alone('NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32}'), name: 'newrelic-key', anchors: 'NRAK- NRII-' },
  { pattern: alone('dt0[a-z][0-9]{2}\\.[A-Z2-7]{24}\\.[A-Z2-7]{64}'), name: 'dynatrace-token', anchors: 'dt0' },
  {
    pattern: /\bsntrys_eyJ[A-Za-z0-9+/=_-]{60,400}|\bsntryu_[a-f0-9]{64}\b/g,
    name: 'sentry-token',
    anchors: 'sntrys_ sntryu_',
  },
  {
    pattern: alone('sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60}'),
    name: 'square-token',
    anchors: 'sq0 EAAA',
  },
  { pattern: /\bAT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{28,250}/g, name: 'atlassian-token', anchors: 'ATATT3 ATCTT3 ATBB' },
  {
    pattern: alone('sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,64}'),
    name: 'supabase-key',
    anchors: 'sbp_ sb_secret_',
  },
  { pattern: alone('PMAK-[a-f0-9]{24}-[a-f0-9]{34}'), name: 'postman-key', anchors: 'PMAK-' },
  {
    pattern: alone('dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}'),
    name: 'doppler-token',
    anchors: 'dp.',
  },
  { pattern: alone('HRKU-AA[A-Za-z0-9_-]{58}'), name: 'heroku-key', anchors: 'HRKU-' },
  { pattern: /\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g, name: 'telegram-token', anchors: ':AA' },
  {
    pattern: alone('[MNO][A-Za-z0-9_-]{23,25}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}'),
    name: 'discord-token',
    anchors: '.',
    mayStandIn: hasPartOfSix,
  },
  { pattern: alone('[a-f0-9]{32}-us[0-9]{1,2}'), name: 'mailchimp-key', anchors: '-us' },
  {
    pattern: alone('pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}'),
    name: 'airtable-token',
    anchors: 'pat',
    mayStandIn: (text) => /pat[A-Za-z0-9]{14}\./.test(text),
  },
  { pattern: alone('AGE-SECRET-KEY-1[0-9A-Z]{58}'), name: 'age-key', anchors: 'AGE-SECRET-KEY' },
  { pattern: /(?<![\w~.-])[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}(?![\w~.-])/g, name: 'azure-secret', anchors: 'Q~' },
  {
    pattern:
      /(?<=secret_?access_?key["'`]?[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4}["'`]?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi,
    name: 'aws-secret-key',
    anchors: 'secretaccess secret_access',
  },
  { pattern: /(?<=AccountKey=)[A-Za-z0-9+/]{86}==/g, name: 'azure-storage-key', anchors: 'AccountKey=' },
  { pattern: /(?<=SharedAccessKey=)[A-Za-z0-9+/]{43}=/g, name: 'azure-shared-key', anchors: 'SharedAccessKey=' },
  { pattern: /(?<=_authToken=)(?!\$)[A-Za-z0-9_=.+/-]{20,512}/g, name: 'npm-token', anchors: '_authToken=' },
];

/** Two dots with six characters between them, none of them a dot, as those of addresses. */
function hasPartOfSix(text: string): boolean {
  for (let dot = text.indexOf('.'); dot !== -1;) {
    const next = text.indexOf('.', dot + 1);
    if (next === dot + 7) return true;
    dot = next;
  }
  return false;
}

/** Shapes that are secrets wherever they stand; every pattern is linear. */
export const SECRET_SHAPES: readonly SecretShape[] = [PRIVATE_KEY, ...LINE_SHAPES];

/** Words for a secret that end the name of a setting. */
const LABEL =
  'secret|token|passw(?:or)?d|passphrase|(?:api|auth|access|account|private|secret|signing|encryption)[_-]?key|credentials?';

/** Values that a name announces. Found between quotes, or alone at the end of a line as in `.env` and YAML. */
const QUOTED_VALUE = new RegExp(
  `(?<=(?:${LABEL})["'\`]?[ \\t]{0,4}(?:=>|:=|[:=])[ \\t]{0,4}["'\`])[A-Za-z0-9+/_=~!@#^&*-]{20,512}(?=["'\`])`,
  'gi',
);
const BARE_VALUE = new RegExp(
  `(?<=(?:${LABEL})["'\`]?[ \\t]{0,4}[:=][ \\t]{0,4})[A-Za-z0-9+/_=~!@#^&*-]{20,512}(?=[ \\t]{0,4}\\r?$)`,
  'gim',
);
const BEARER_VALUE = /(?<=\b(?:bearer|basic) )[A-Za-z0-9+/_=~.-]{20,512}/gi;

/** Passwords in addresses; user and host tell whether it is one of documentation or of this computer. */
const URL_PASSWORD =
  /\b[a-z][a-z0-9+.-]{1,30}:\/\/([^\s:/@"'`<>]{1,128}):([^\s/@"'`<>\\]{6,256})@([a-z0-9.-]{4,253})/gi;

/** Private keys of a text, which span lines; placeholders included. */
export function findPrivateKeys(text: string): readonly SecretSpan[] {
  return [...matches(PRIVATE_KEY.pattern, text, PRIVATE_KEY.name)];
}

/**
 * The other secrets of a text that a file should not hold, by shape or by the name before them; placeholders included. Each line is
 * searched for itself, so that the lines of no interest may be left out.
 */
export function findShapes(text: string): readonly SecretSpan[] {
  return [
    ...LINE_SHAPES.flatMap(({ pattern, name }) => [...matches(pattern, text, name)]),
    ...[QUOTED_VALUE, BARE_VALUE, BEARER_VALUE].flatMap((pattern) =>
      [...matches(pattern, text, 'labelled-secret')].filter(({ start, end }) => isRandom(text.slice(start, end))),
    ),
    ...urlPasswords(text),
  ];
}

/** What documentation writes where a secret would stand. */
export function isPlaceholder(kind: string, value: string): boolean {
  if (kind === 'private-key') return !/[A-Za-z0-9+/=]{32}/.test(value.replace(/^-----[^-]*-----/, ''));
  const body = value.replace(/^https:\/\/[^/]*\//, '').replace(/^[A-Za-z]{2,6}[_-](?:[a-z]{2,5}_)?/, '');
  return (
    /example|placeholder|changeme|your[_-]|dummy|redacted/i.test(body) ||
    /(.)\1{7}/.test(body) ||
    /0123456789|123456789012|abcdefghij/i.test(body)
  );
}

function* matches(pattern: RegExp, text: string, kind: string): Iterable<SecretSpan> {
  for (const { index, 0: value } of text.matchAll(pattern)) yield { start: index, end: index + value.length, kind };
}

/** Made by a machine: letters of both cases with digits, or a long hexadecimal number. */
function isRandom(value: string): boolean {
  if (/^[a-f0-9]{32,}$/.test(value) || /^[A-F0-9]{32,}$/.test(value)) return /\d/.test(value) && /[a-f]/i.test(value);
  const digits = value.match(/\d/g)?.length ?? 0;
  return digits >= 3 && /[a-z]/.test(value) && /[A-Z]/.test(value) && new Set(value).size >= 12;
}

function* urlPasswords(text: string): Iterable<SecretSpan> {
  for (const { index, 0: whole, 1: user = '', 2: password = '', 3: host = '' } of text.matchAll(URL_PASSWORD)) {
    if (isHarmlessHost(host.toLowerCase()) || isWord(password.toLowerCase(), user.toLowerCase())) continue;
    const start = index + whole.length - host.length - 1 - password.length;
    yield { start, end: start + password.length, kind: 'url-password' };
  }
}

/** A service beside the program, or a name that nobody can own (RFC 2606). */
function isHarmlessHost(host: string): boolean {
  return (
    !host.includes('.') ||
    /^127\.|^0\.0\.0\.0$/.test(host) ||
    /(?:^|\.)(?:example|test|invalid|localhost)(?:\.(?:com|net|org))?\.?$/.test(host)
  );
}

function isWord(password: string, user: string): boolean {
  return (
    password === user ||
    /[${}%*[\]]/.test(password) ||
    /^x+$|^\.+$|^(?:my|your|the|db|some|a)?[_-]?(?:pass(?:word|wd|phrase)?|secret|token|postgres|root|admin|guest)[0-9]{0,3}$/.test(
      password,
    )
  );
}
