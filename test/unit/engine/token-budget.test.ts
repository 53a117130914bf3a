import { createHash } from 'node:crypto';

import { expect, it } from 'vitest';

import type { LogEntry } from '#domain/evidence.ts';
import { countTokens } from '#engine/tokens.ts';

import { createEngine } from '../../support/engine-fixture.ts';

const now = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;
const digest = (n: number) => createHash('sha512').update(String(n)).digest('base64');

/** Lines of logs as services write them. */
const lines: Readonly<Record<string, (n: number) => string>> = {
  'what is encoded': (n) => `error decoding payload ${digest(n)} at offset ${n}`,
  pods: (n) =>
    `E0301 11:5${n % 10}:01.${100_000 + n} 1 kubelet.go:${2_000 + n}] "Error syncing pod" pod="shop/checkout-${digest(n).slice(0, 9).toLowerCase()}" err="CrashLoopBackOff: back-off 5m0s restarting failed container"`,
  'stack traces': (n) =>
    `2026-03-01 11:5${n % 10}:12,${100 + n} ERROR [http-nio-8080-exec-${n}] c.a.o.OrderService - Failed to place order ${n * 7919}: java.net.SocketTimeoutException: Read timed out\n\tat com.acme.orders.PspClient.charge(PspClient.java:${n})`,
};

// Counted once with the public tokenizer o200k_base.
it.each([
  ['what is encoded', 12, 820],
  ['pods', 15, 844],
  ['stack traces', 12, 815],
])(
  'estimates the tokens of %s, and by no more than a twentieth too few [logs:reply:max-tokens]',
  (kind, count, real) => {
    const text = Array.from({ length: count }, (_, n) => lines[kind]?.(n)).join('\n');
    expect(countTokens(text)).toBeGreaterThanOrEqual(real * 0.95);
    expect(countTokens(text)).toBeLessThan(real * 1.15);
  },
);

it.each(['getIncidentLogs', 'createOrder2023Handler', 'OrderServiceImplV2Test', 'X509CertificateFactory'])(
  'takes %s for words, not for what is encoded',
  (name) => {
    expect(countTokens(name)).toBeLessThanOrEqual(8);
  },
);

it.each(Object.keys(lines).flatMap((kind) => [300, 800, 2_000].map((max) => [kind, max] as const)))(
  'an answer about %s keeps to %d tokens, and uses most of them where there is more to tell [logs:reply:max-tokens]',
  async (kind, max) => {
    await using engine = createEngine({ incident: { startedAt: now - 30 * MINUTE } });
    const entries = Array.from({ length: 400 }, (_, n): LogEntry => {
      const text = lines[kind]?.(n) ?? '';
      return { at: now - 1_000 - (n % 29) * MINUTE, level: 'error', message: text, raw: text, origin: `a@${n}` };
    });
    engine.logs.push(...entries);
    const { text, structured } = await engine.call('get_incident_logs', { mode: 'lines', max_tokens: max });
    expect(countTokens(text)).toBeLessThanOrEqual(max);
    expect(countTokens(JSON.stringify(structured))).toBeLessThanOrEqual(max * 1.05);
    expect(countTokens(text)).toBeGreaterThan(max * 0.6);
    expect(structured).toMatchObject({ matched: 400, truncated: true });
  },
);
