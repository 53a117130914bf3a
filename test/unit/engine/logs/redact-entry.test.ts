import { describe, expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';
import { createRedactor } from '#engine/redact.ts';
import { redactEntry } from '#engine/services/logs/redact-entry.ts';

import { createEngine, SERVER_SECRET } from '../../../support/engine-fixture.ts';

const redact = createRedactor([]);

describe('an event', () => {
  it('is redacted in its text and its message', () => {
    const raw = '{"msg":"login with password=hunter2secret failed"}';
    const entry: LogEntry = { raw, message: 'login with password=hunter2secret failed', origin: 'a' };
    const clean = redactEntry(entry, redact);
    expect(JSON.stringify(clean)).not.toContain('hunter2secret');
  });

  it('is redacted in its message where its text hides the word by an escape', () => {
    const entry: LogEntry = {
      raw: String.raw`{"msg":"login with pass\u0077ord=hunter2secret"}`,
      message: 'login with password=hunter2secret',
      origin: 'a',
    };
    expect(redactEntry(entry, redact).message).toBe('login with password=[masked:secret]');
  });

  it('stays as it is without a secret', () => {
    const entry: LogEntry = { raw: 'order 4711 took 12 ms', message: 'order 4711 took 12 ms', origin: 'a' };
    expect(redactEntry(entry, redact)).toBe(entry);
  });
});

describe('an answer about logs', () => {
  const secrets = [SERVER_SECRET, 'ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789', 'xoxb-123456789012-abcdEFGHijklMNOP'];

  it.each(['patterns', 'errors', 'lines'])(
    'holds no part of a secret in mode %s, neither masked in its middle nor cut [outbound:logs:before-masking]',
    async (mode) => {
      await using engine = createEngine();
      const at = engine.clock.now() - 1_000;
      for (const [index, secret] of secrets.entries()) {
        for (const pad of [0, 280, 480]) {
          const raw = `Error: refused ${'x '.repeat(pad / 2)}${secret} again`;
          engine.logs.push({ at: at - index, level: 'error', message: raw, raw, origin: `${index}.${pad}` });
        }
      }
      const { text } = await engine.call('get_incident_logs', { mode, since: '1h', max_tokens: 2_000 });
      for (const secret of secrets) expect(text).not.toContain(secret.slice(0, 12));
    },
  );
});

it('keeps the lines of a private key together, so that it is known as one', async () => {
  const { createJoiner } = await import('#analysis/join-lines.ts');
  const joiner = createJoiner((message: string) => ({ message, form: 'plain' as const }));
  const key = [
    '-----BEGIN RSA PRIVATE KEY-----',
    'MIIEpAIBAAKCAQEA7',
    'qwertyuiopasdfgh+/==',
    '-----END RSA PRIVATE KEY-----',
  ];
  const lines = [`loaded ${key[0]}`, ...key.slice(1), 'order committed'];
  const events = lines.flatMap((text, number) => joiner.push({ text, number }) ?? []).concat(joiner.end());
  expect(events.map(({ raw }) => raw)).toEqual([lines.slice(0, 4).join('\n'), 'order committed']);
  expect(redact(events[0]?.raw ?? '')).not.toContain('qwerty');
});
