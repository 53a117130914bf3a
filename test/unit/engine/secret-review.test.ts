import { describe, expect, it } from 'vitest';

import { createSecretlint } from '#analysis/secretlint.ts';
import type { FileWrite } from '#domain/remediation.ts';
import type { SecretScan } from '#domain/secret-scan.ts';
import { createHeldSecretFinder, createRedactor } from '#engine/redact.ts';
import { cleanDeep, createSecretReview } from '#engine/secret-review.ts';

import { ALNUM, material } from '../../fixtures/secrets/random.ts';
import { createEngine, refusalOf, SERVER_SECRET } from '../../support/engine-fixture.ts';

const random = material(3);
// secretlint knows it, the pattern set does not: a password in the address of a service beside the program.
const address = `postgres://app:${random.of(ALNUM, 14)}@db:5432/shop`;
const token = `glsa_${random.of(ALNUM, 32)}_0a1b2c3d`;

const reviewOf = (scan: SecretScan, secrets: readonly string[] = []) =>
  createSecretReview({
    scan,
    findHeld: createHeldSecretFinder(secrets, 'secret-of-this-server'),
    redact: createRedactor(secrets),
  });
const review = reviewOf(createSecretlint(), [SERVER_SECRET]);

const write = (before: string | undefined, after: string, path = 'src/a.js'): FileWrite => ({
  path,
  ...(before !== undefined && { before: { mode: '100644', oid: 'b', content: Buffer.from(before) } }),
  after: { mode: '100644', content: Buffer.from(after) },
  added: 1,
  removed: 0,
});

describe('the second look at a patch', () => {
  it('finds what only secretlint knows, on added lines alone [gate:secrets:second-opinion]', async () => {
    const kind = 'secretlint/database-connection-string';
    const found = await review.inPatch([write('a\n', `a\nconnect('${address}')\n`)]);
    expect(found).toEqual([{ path: 'src/a.js', line: 2, kind }]);
    expect(await review.inPatch([write(`${address}\na\n`, `${address}\nb\n`)])).toEqual([]);
  });

  it.each([
    ['as it is', SERVER_SECRET],
    ['in base64', Buffer.from(`me:${SERVER_SECRET}`).toString('base64')],
    ['in hexadecimal', Buffer.from(SERVER_SECRET).toString('hex')],
    ['in a URL', encodeURIComponent(SERVER_SECRET)],
    ['with hidden characters between', SERVER_SECRET.split('').join('\u200B')],
  ])('finds a secret that the server holds %s [gate:secrets:held]', async (_, form) => {
    expect(await review.inPatch([write('a\n', `a\nb\nuse("${form}")\n`)])).toEqual([
      { path: 'src/a.js', line: 3, kind: 'secret-of-this-server' },
    ]);
  });

  it('looks at nothing where no line is added', async () => {
    let asked = 0;
    const counting = reviewOf(async () => ((asked += 1), []));
    const { after: _after, ...deletion } = write('a\n', '');
    expect(await counting.inPatch([write('a\nb\n', 'b\na\n'), deletion])).toEqual([]);
    expect(asked).toBe(0);
  });

  it('reads of a large file what is near the change, with the true line', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
    const changed = lines.with(3_000, `x('${token}')`);
    let read = 0;
    const scan = createSecretlint();
    const near = reviewOf((text, path) => ((read = text.replaceAll('\n', '').length), scan(text, path)));
    const found = await near.inPatch([write(lines.join('\n'), changed.join('\n'))]);
    expect(found).toEqual([{ path: 'src/a.js', line: 3_001, kind: 'secretlint/grafana' }]);
    expect(read).toBeLessThan(5_000);
  });

  it('takes no placeholder for a secret', async () => {
    expect(await review.inPatch([write('', `export TOKEN=ghp_${'x'.repeat(36)}\n`)])).toEqual([]);
  });
});

describe('the words of a pull request', () => {
  it('lose what secretlint finds and what the patterns find, and say of which kind it was', async () => {
    expect(await review.clean(`at ${address} with ${token}.`)).toEqual({
      text: 'at postgres://app:[masked:url-password]@db:5432/shop with [masked:grafana-token].',
      masked: ['url-password', 'grafana-token'],
    });
    const odd: SecretScan = async (text) => [
      { start: text.indexOf('odd'), end: text.indexOf('odd') + 8, kind: 'secretlint/odd' },
      { start: text.indexOf('odd') + 3, end: text.indexOf('odd') + 10, kind: 'secretlint/even' },
    ];
    expect(await reviewOf(odd).clean('an odd-value-x here')).toEqual({
      text: 'an [masked:secretlint/odd]x here',
      masked: ['secretlint/odd'],
    });
  });

  it('that were clean stay as they are, also where they speak of masks', async () => {
    const text = 'Release every job; the log said [masked:secret].';
    expect(await review.clean(text)).toEqual({ text, masked: [] });
  });

  it('are cleaned in every part of a value', async () => {
    expect(await cleanDeep({ a: [token, 1], b: { c: null } }, review)).toEqual({
      a: ['[masked:grafana-token]', 1],
      b: { c: null },
    });
  });
});

describe('through the tools', () => {
  const patchWith = (line: string) => ({
    patch: JSON.stringify({ 'src/queue.js': `leaks\n${line}\n` }),
    reason: 'release every job',
  });

  it.each([
    ['secretlint finds', `connect('${address}')`, 'secretlint/database-connection-string'],
    ['this server holds', `auth('${SERVER_SECRET}')`, 'secret-of-this-server'],
  ])(
    'a patch is refused for a secret that %s, by file, line and kind [gate:secrets:second-opinion, gate:secrets:held]',
    async (_, line, kind) => {
      await using engine = createEngine();
      const answer = await engine.call('apply_patch', patchWith(line));
      expect(refusalOf(answer)).toMatchObject({
        effect: 'deny',
        rule_ids: ['secrets_in_patch'],
        evidence: { findings: [{ path: 'src/queue.js', line: 2, kind }] },
      });
      expect(answer.text).not.toContain(line.slice(20, 30));
    },
  );

  it('a patch is refused when the second look cannot be taken [gate:secrets:fail-closed]', async () => {
    await using engine = createEngine({
      scan: createSecretlint({ load: () => Promise.reject(new Error('no rules')) }),
    });
    const refused = refusalOf(await engine.call('apply_patch', patchWith('harmless()')));
    expect(refused).toMatchObject({ code: 'internal', message: expect.stringContaining('nothing is let through') });
    expect(engine.store.patches('PD-1')).toEqual([]);
  });

  it('a pull request opens without what looked like a secret, and warns [gate:secrets:pull-request]', async () => {
    await using engine = createEngine();
    await engine.patch();
    await engine.call('run_tests');
    const answer = await engine.call('open_pr', {
      summary: `The pool at ${address} was exhausted.`,
      root_cause: `Found with ${token} in the log.`,
      draft: true,
    });
    expect(answer.structured?.['warnings']).toEqual([
      expect.stringMatching(/masked in summary \(url-password\), root_cause \(grafana-token\)/),
    ]);
    const [request] = engine.host.requests;
    expect(request?.body).toContain('masked:grafana-token');
    expect(request?.body).not.toContain(token);
  });
});
