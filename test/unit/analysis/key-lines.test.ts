import { createHash, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createKeyLines, maskKeyLines } from '#analysis/key-lines.ts';

const pemOf = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString()
    .trim()
    .split('\n');
const pem = pemOf(2_048);
const body = pem.slice(1, -1);

/** What is found in each message, in their order. */
function found(messages: readonly string[]): readonly (string | undefined)[] {
  const keys = createKeyLines();
  return messages.map((message) => keys.find(message));
}

describe('createKeyLines', () => {
  it.each([
    ['alone', ''],
    ['after a level', 'INFO  '],
    ['after a level and a thread', 'DEBUG [worker-3] loaded: '],
  ])('finds every line of a key, the last one included: %s [outbound:logs:key-lines]', (_, prefix) => {
    expect(found(pem.map((line) => prefix + line))).toStrictEqual([undefined, ...body, undefined]);
  });

  it('finds lines that others come between', () => {
    const mixed = pem.flatMap((line) => [line, 'GET /health 200']);
    // Of a short last line only what follows at once can tell.
    expect(found(mixed).filter((one) => one !== undefined)).toStrictEqual(body.filter(({ length }) => length >= 40));
  });

  it('finds the lines of encrypted and of PGP keys', () => {
    const encrypted = [
      pem[0] ?? '',
      'Proc-Type: 4,ENCRYPTED',
      'DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF',
      ...body,
    ];
    expect(found(encrypted)).toStrictEqual([undefined, undefined, undefined, ...body]);
    const pgp = ['-----BEGIN PGP PRIVATE KEY BLOCK-----', ...body, '=aB3d'];
    expect(found(pgp).slice(1, body.length)).toStrictEqual(body.slice(0, -1));
  });

  it.each([
    ['text after a key', [...pem, body[0] ?? '', 'done']],
    ['base64 without the beginning of a key', body],
    ['a sentence that names the beginning', ['expected -----BEGIN PRIVATE KEY----- at the start of it', body[0] ?? '']],
    ['a public key or certificate', ['-----BEGIN CERTIFICATE-----', ...body, '-----END CERTIFICATE-----']],
    ['ordinary messages', [pem[0] ?? '', 'GET /health 200', 'started', 'order 4711 committed']],
    ['hashes', [pem[0] ?? '', `sha256 ${'0123456789abcdef'.repeat(4)}`, 'a3'.repeat(20)]],
    ['what comes long after a beginning', [pem[0] ?? '', ...Array.from({ length: 30 }, () => 'tick'), body[0] ?? '']],
  ])('leaves alone: %s', (_, messages) => {
    const last = messages.slice(messages === body ? 0 : messages.indexOf(pem.at(-1) ?? '') + 1);
    expect(
      found(messages)
        .slice(-last.length)
        .filter((one) => one !== undefined),
    ).toStrictEqual([]);
  });

  it('ends by itself where a key never does', () => {
    const line = body[0] ?? '';
    const endless = [pem[0] ?? '', ...Array.from({ length: 1_000 }, () => line)];
    expect(found(endless).filter((one) => one !== undefined)).toHaveLength(300);
  });
});

describe('maskKeyLines', () => {
  const entriesOf = (messages: readonly string[], atOf: (index: number) => number) =>
    messages.map((message, index) => ({ at: atOf(index), message, raw: `{"msg":"${message}"}`, origin: `${index}` }));
  const others = ['GET /health 200', 'order 4711 committed', createHash('sha512').update('x').digest('base64')];
  const mixed = [others[0]!, ...pem.flatMap((line, index) => (index === 5 ? [others[1]!, line] : [line])), others[2]!];

  it.each([
    ['oldest first', (index: number) => index, false],
    ['newest first', (index: number) => index, true],
    ['of one time, oldest first', () => 7, false],
    ['of one time, newest first', () => 7, true],
  ])(
    'masks every line of a key in events that come %s, and nothing else [outbound:logs:key-lines]',
    (_, atOf, turn) => {
      const entries = entriesOf(mixed, atOf);
      const masked = maskKeyLines(turn ? entries.toReversed() : entries);
      const text = JSON.stringify(masked);
      for (const line of body) expect(text).not.toContain(line);
      const kept = masked.filter(({ message }) => !message.includes('[masked:private-key]'));
      expect(new Set(kept.map(({ message }) => message))).toStrictEqual(new Set([...others, pem[0], pem.at(-1)]));
      const given = new Set<unknown>(entries);
      expect(kept.every((entry) => given.has(entry))).toBe(true);
    },
  );

  it('gives events without a key as they are', () => {
    const entries = entriesOf(body, (index) => index);
    expect(maskKeyLines(entries)).toBe(entries);
  });
});
