import { generateKeyPairSync } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createRedactor, redactDeep, stripInvisible } from '#engine/redact.ts';
import { toPlain } from '#report/text.ts';

import { cpuMs } from '../../support/cpu-time.ts';

const redact = createRedactor([]);
const pem = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'Proc-Type: 4,ENCRYPTED',
  '',
  'MIIEowIBAAKCAQEA+7d/',
  '-----END RSA PRIVATE KEY-----',
];
const a = (count: number) => 'aB3'.repeat(count).slice(0, count);

describe('secrets of a known shape', () => {
  it.each([
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE'],
    ['a temporary AWS key id', 'ASIAIOSFODNN7EXAMPLE'],
    ['a GitHub token', `ghp_${a(36)}`],
    ['a GitHub app token', `ghs_${a(36)}`],
    ['a fine-grained GitHub token', `github_pat_${a(22)}_${a(59)}`],
    ['a GitLab token', `glpat-${a(20)}`],
    ['a Slack token', `xoxb-${a(40)}`],
    ['a Slack app token', `xapp-1-${a(40)}`],
    ['a Slack webhook', `https://hooks.slack.com/services/T0000000/B0000000/${a(24)}`],
    ['an API key of a model provider', `sk-proj-${a(40)}`],
    ['a Stripe key', `sk_live_${a(24)}`],
    ['a Google key', `AIza${a(35)}`],
    ['an npm token', `npm_${a(36)}`],
    ['a JWT', `eyJ${a(20)}.eyJ${a(40)}.${a(43)}`],
    ['a private key', pem.join('\n')],
    ['a private key in one line of JSON', pem.join('\\n')],
    ['a private key that was cut', pem.slice(0, 4).join('\n')],
  ])('%s is masked where it stands', (_, secret) => {
    const clean = redact(`before ${secret} after`);
    expect(clean).toMatch(/^before \[masked:[a-z-]+\]/);
    expect(clean).not.toContain(secret.slice(-12));
  });

  it('end where they end', () => {
    expect(redact(`a ${pem.join('\n')} b ${pem.join('\n')} c`)).toBe('a [masked:private-key] b [masked:private-key] c');
    expect(redact(`x ghp_${a(36)}, y`)).toBe('x [masked:github-token], y');
  });
});

describe('secrets that a word announces', () => {
  it.each([
    ['DB_PASSWORD=hunter2x', 'DB_PASSWORD=[masked:secret]'],
    ['PGPASSWORD=hunter2x psql', 'PGPASSWORD=[masked:secret] psql'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'AWS_SECRET_ACCESS_KEY=[masked:secret]'],
    ['{"password":"correct horse battery"}', '{"password":"[masked:secret]"}'],
    [String.raw`{"m":"{\"client_secret\":\"hunter2s\"}"}`, String.raw`{"m":"{\"client_secret\":\"[masked:secret]\"}"}`],
    ['{"accessToken":"abcdefgh"}', '{"accessToken":"[masked:secret]"}'],
    ['password: correcthorse', 'password: [masked:secret]'],
    ['password = correcthorse', 'password = [masked:secret]'],
    ["secret => 's3cretvalue'", "secret => '[masked:secret]'"],
    ['x-api-key: abc123def', 'x-api-key: [masked:secret]'],
    ['AccountKey=Zm9vYmFyYmF6;EndpointSuffix=x', 'AccountKey=[masked:secret];EndpointSuffix=x'],
    ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [masked:authorization]'],
    ['"authorization":"Basic dXNlcjpwYXNz"', '"authorization":"Basic [masked:authorization]"'],
    ['authorization: a1b2c3d4e5', 'authorization: [masked:authorization]'],
    ['postgres://app:s3cret@db:5432/x', 'postgres://app:[masked:url-password]@db:5432/x'],
    ['redis://:pw@cache/0', 'redis://:[masked:url-password]@cache/0'],
    ['amqp://u:p@ss@mq', 'amqp://u:[masked:url-password]@mq'],
    ['?token=abcdef123&x=1', '?token=[masked:secret]&x=1'],
    [`password="it's-a-long-secret"`, 'password="[masked:secret]"'],
    [`password='pa"ssword-long'`, "password='[masked:secret]'"],
    [String.raw`{"password":"ab\"cdefg"}`, '{"password":"[masked:secret]"}'],
    ['password=ab;cdefghijk', 'password=[masked:secret]'],
    ['Uid=app;Pwd=hunter2x;Database=shop', 'Uid=app;Pwd=[masked:secret];Database=shop'],
    ['"password": ["first-one", "second"], "x": 1', '"password": ["[masked:secret]", "[masked:secret]"], "x": 1'],
    ['secretKey=hunter2x', 'secretKey=[masked:secret]'],
    ['SECRET_KEY=hunter2x', 'SECRET_KEY=[masked:secret]'],
    ['SECRET_KEY_BASE=hunter2x', 'SECRET_KEY_BASE=[masked:secret]'],
    ['credential="app:hunter2x"', 'credential="[masked:secret]"'],
    ['X-API-Key: abc123def', 'X-API-Key: [masked:secret]'],
    ['password := "hunter2x"', 'password := "[masked:secret]"'],
    ['password\u00A0=\u2003hunter2x', 'password\u00A0=\u2003[masked:secret]'],
    ['Cookie: session=abcdef123; theme=dark', 'Cookie: session=[masked:cookie]; theme=[masked:cookie]'],
    ['Set-Cookie: sid=abcdef123; Path=/shop; HttpOnly', 'Set-Cookie: sid=[masked:cookie]; Path=/shop; HttpOnly'],
    ['"cookie":"sid=abcdef123","next":"x=hello"', '"cookie":"sid=[masked:cookie]","next":"x=hello"'],
    ['mysql --password hunter2x -h db', 'mysql --password [masked:secret] -h db'],
    ["cli --api-key 'two words' run", 'cli --api-key [masked:secret] run'],
    ['sent bearer abcdefghij0123456789, refused', 'sent bearer [masked:authorization], refused'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

describe('a private key whose lines stand apart', () => {
  const kinds = [
    ['rsa', { modulusLength: 2048 }, 'pkcs1'],
    ['rsa', { modulusLength: 2048 }, 'pkcs8'],
    ['ec', { namedCurve: 'P-256' }, 'sec1'],
    ['ec', { namedCurve: 'P-384' }, 'sec1'],
    ['ec', { namedCurve: 'P-521' }, 'sec1'],
    ['ec', { namedCurve: 'P-256' }, 'pkcs8'],
    ['ec', { namedCurve: 'P-384' }, 'pkcs8'],
    ['ec', { namedCurve: 'P-521' }, 'pkcs8'],
    ['ed25519', {}, 'pkcs8'],
  ] as const;

  it.each(kinds)('of %s %j in %s is told by its frame and its first line', (kind, options, type) => {
    const { privateKey } = generateKeyPairSync(kind as 'rsa', options as { modulusLength: number });
    const [begin = '', first = ''] = String(privateKey.export({ type, format: 'pem' })).split('\n');
    expect([redact(begin), redact(first)]).toEqual(['[masked:private-key]', '[masked:private-key]']);
  });

  it.each(['\n', '\r\n', String.raw`\n`])(
    'and whose first lines are gone is told by its last one, parted by %j',
    (end) => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const lines = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
        .trim()
        .split('\n')
        .slice(3);
      const clean = redact(`read the file${end}${lines.join(end)} and went on`);
      expect(clean).toMatch(/^read the file[^]{1,3}\[masked:private-key\]-----END PRIVATE KEY----- and went on$/);
      for (const line of lines.slice(0, -1)) expect(clean).not.toContain(line.slice(1, 9));
    },
  );

  it('is not seen in words before the end of one', () => {
    const text = 'the file ends with -----END PRIVATE KEY-----';
    expect(redact(text)).toBe(text);
  });

  it('of OpenSSH is told by its first line', () => {
    const first = Buffer.from(`openssh-key-v1\0${a(60)}`).toString('base64');
    expect(redact(`3: ${first}`)).toBe('3: [masked:private-key]');
  });
});

describe('ordinary lines', () => {
  it.each([
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8 by Ada <ada@example.com>',
    'request 0b5a6c9e-7f0e-4a55-9c2b-1d2f3a4b5c6d took 35 ms',
    'at UserService.processQueue (/app/src/user-service.js:12:7)',
    '    at async Object.token (file:///app/src/auth/token.js:3:9)',
    'token: 5 tokens used',
    'max_tokens=150000 prompt_tokens: 12345678',
    'SyntaxError: Unexpected token: identifier',
    'const token = readToken(request);',
    'password = config.database.password',
    'invalid password: 3 attempts left',
    'export function login(user: string, password: string): Promise<Session>',
    'authorization: denied for user 7',
    'PWD=/home/app OLDPWD=/',
    'secretName=orders-db tokenizer: whitespace-1',
    'GET https://api.example.com:8443/v1/users/a@b.example 200',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '# pass 12\n# fail 0',
    'heap 512 MB, key: orders, 10 keys',
    '2026-03-01T12:00:00.000Z ERROR [queue] depth=1042 latency_ms=873',
    'sk-learn-something-with-a-very-long-name',
    'PASSWORD = foo.bar(baz)',
    "fetch(url, { credentials: 'include' })",
    'invalid credentials: please check',
    '{"pwd":"/home/app"}',
    'token: ["string", "null"]',
    'pass it with --password or --token; --token is required',
    'usage: cli --token TOKEN --password <password> --secret /run/secrets/a',
    'the bearer of this letter, bearer authentication-failed',
    'var token=n;return token=e;const',
    'MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ',
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo',
  ])('%s', (line) => {
    expect(redact(line)).toBe(line);
  });
});

describe('secrets of the server', () => {
  const secret = 'xy7-Gq2/vL+9=="t\\1';
  const exact = createRedactor([secret, 'tiny']);

  it.each([
    ['as they are', secret],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in URL-safe base64', Buffer.from(secret).toString('base64url')],
    ['in base64 behind a user name', Buffer.from(`me:${secret}`).toString('base64')],
    ['in base64 between other things', Buffer.from(`user:${secret}:more`).toString('base64')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in upper-case hexadecimal', Buffer.from(secret).toString('hex').toUpperCase()],
    ['in a URL', encodeURIComponent(secret)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['with invisible characters between', secret.split('').join('\u200B')],
    ['with colours between', secret.split('').join('\u001B[31m')],
  ])('are masked %s', (_, text) => {
    expect(exact(`<${text}>`)).toContain('[masked:secret]');
    expect(exact(`<${text}>`)).not.toContain(text.slice(8, 16));
  });

  it('are masked wherever they stand [tools:results:clean]', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(exact(`${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });

  it('too short to tell from words are left alone', () => {
    expect(exact('a tiny word')).toBe('a tiny word');
  });

  it('are masked although their file ends in a line end', () => {
    expect(createRedactor(['topsecret1\n'])('x topsecret1 y')).toBe('x [masked:secret] y');
  });
});

describe('what a reader cannot see', () => {
  it.each([
    ['colours', '\u001B[31mred\u001B[0m', 'red'],
    ['window titles', '\u001B]0;title\u0007text', 'text'],
    ['links of terminals', '\u001B]8;;https://x\u001B\\text\u001B]8;;\u001B\\', 'text'],
    ['a sequence that never ends', '\u001B]0;text', ']0;text'],
    ['C1 control characters', 'a\u009B31mb', 'a31mb'],
    ['backspaces and bells', 'rm\b\b\u0007ls', 'rmls'],
    ['NUL', 'a\u0000b', 'ab'],
    ['bidirectional overrides', 'a\u202Eb\u2066c\u2069', 'abc'],
    ['zero-width characters', 'a\u200Bb\u200Dc\uFEFFd\u2060e', 'abcde'],
    ['tag characters', `a${String.fromCodePoint(0xe0041, 0xe0042)}b`, 'ab'],
    ['variation selectors', `a\uFE0Fb${String.fromCodePoint(0xe0100)}`, 'ab'],
    ['Hangul fillers', 'a\u3164b\uFFA0c', 'abc'],
    ['a lone carriage return', 'good\rbad', 'goodbad'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
  ])('%s go away [tools:results:clean]', (_, text, expected) => {
    expect(stripInvisible(text)).toBe(expected);
  });

  it('tabs and newlines stay, and every line end is a newline', () => {
    expect(stripInvisible('a\tb\nc\r\nd\u2028e\u2029f')).toBe('a\tb\nc\nd\ne\nf');
  });

  it('letters of all scripts stay', () => {
    expect(stripInvisible('naïve – Ελληνικά 日本語 😀 עברית')).toBe('naïve – Ελληνικά 日本語 😀 עברית');
  });
});

describe('masking', () => {
  it('of a masked text changes nothing', () => {
    const once = redact(`token=abcdef123 ghp_${a(36)} postgres://u:pw@h Authorization: Bearer abcdefgh`);
    expect(redact(once)).toBe(once);
  });

  it.each([
    ['begun private keys', '-----BEGIN PRIVATE KEY-----'],
    ['begun tokens', 'eyJaaaaaaaaa-'],
    ['begun tokens with a second part', 'eyJaaaaaaaa.eyJ'],
    ['names of secrets', 'password:token='],
    ['spaces after names', 'password    :    '],
    ['schemes of URLs', 'a://b:'],
    ['at signs', 'a://:@@@@@@@@'],
    ['escape sequences', '\u001B[1;1;1'],
    ['begun window titles', '\u001B]aaaa'],
    ['one letter', 'a'],
    ['dots', 'a.'],
    ['hyphens', 'sk-a-a-a-'],
    ['backslashes', '\\'],
    ['quotes', 'token"\''],
    ['begun headers', 'authorization: bearer '],
    ['begun values', `password="'`],
    ['begun values of JSON', 'password="\\\\'],
    ['begun lists', "token=['"],
    ['values with semicolons', 'password=aaaaa;aaaa'],
    ['begun cookies', 'cookie: a='],
    ['options', '--a-token '],
    ['bearers', 'bearer a'],
    ['begun keys', 'MIIEowIBA'],
  ])('of 1 MB of %s takes time in proportion', (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    const began = cpuMs();
    redact(text);
    expect(cpuMs() - began).toBeLessThan(2_000);
  });

  it('reaches every text of a value, names included', () => {
    const value = { list: ['password=hunter2x', 1, null, true], 'token=abcdef123': { deep: 'postgres://u:pw@h' } };
    expect(redactDeep(value, redact)).toEqual({
      list: ['password=[masked:secret]', 1, null, true],
      'token=[masked:secret]': { deep: 'postgres://u:[masked:url-password]@h' },
    });
  });
});

describe('a field that is named like a secret', () => {
  const mask = (value: unknown) => redactDeep(value, redact);

  it.each(['password', 'Password', 'api_key', 'X-Api-Key', 'DB_PASSWORD', 'accessToken', 'SECRET_KEY_BASE', 'pwd'])(
    '%s has its text masked',
    (name) => {
      expect(mask({ [name]: 'Zx81kk' })).toEqual({ [name]: '[masked:secret]' });
      expect(mask({ deep: [{ [name]: ['Zx81kk', 7] }] })).toEqual({ deep: [{ [name]: ['[masked:secret]', 7] }] });
    },
  );

  it.each([
    [{ cookie: 'sid=abcdef123; Path=/' }, { cookie: 'sid=[masked:cookie]; Path=/' }],
    [{ Authorization: 'Basic dXNlcjpwYXNz' }, { Authorization: 'Basic [masked:authorization]' }],
    [{ 'pass\u200Bword': 'hunter2x' }, { password: '[masked:secret]' }],
    [{ token: `ghp_${a(36)}` }, { token: '[masked:github-token]' }],
    [{ secret: { name: 'orders' } }, { secret: { name: 'orders' } }],
  ])('%j', (value, expected) => {
    expect(mask(value)).toEqual(expected);
    expect(mask(expected)).toEqual(expected);
  });

  it.each([
    { token: 12_345, secret: true, password: null },
    { token_count: 'many', max_tokens: 'many', tokens: 'many', key: 'orders', secret_name: 'orders-db' },
    { idempotency_key: 'incident-7-patch', page_token: 'page-2-of-3', pwd: '/home/app', authorization: 'denied' },
    { password: 'required', token: 'abc', credentials: 'same-origin' },
  ])('or only almost, stays: %j', (value) => {
    expect(mask(value)).toEqual(value);
  });
});

it.each(['\uE000', '\u{F0000}', '\u0600', '\u06DD', '\u070F', '\u{110BD}', '\u200B', '\u{E0041}'])(
  'leaves nothing hidden in a secret that a later way out would take away: %j',
  (hidden) => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const clean = createRedactor([])(`${token.slice(0, 14)}${hidden}${token.slice(14)}`);
    expect(toPlain(clean)).toBe('[masked:github-token]');
  },
);
