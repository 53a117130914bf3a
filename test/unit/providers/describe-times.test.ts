import { expect, it } from 'vitest';

import { endsUntimed } from '#providers/files/describe.ts';
import type { OpenLog } from '#providers/files/open-log.ts';

function toReading(text: string, form: OpenLog['form'] = 'plain') {
  const bytes = Buffer.from(text);
  const log: OpenLog = {
    size: bytes.length,
    form,
    journal: false,
    async *chunks({ start, end }) {
      yield bytes.subarray(start, end);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return {
    log,
    label: 'app.log',
    format: 'auto' as const,
    context: { offsetAt: () => 0, writtenAt: Date.parse('2025-11-03T15:00:00Z') },
    service: undefined,
    env: undefined,
    brief: false,
    accepts: () => true,
    signal: new AbortController().signal,
  };
}

const timed = '2025-11-03 13:58:01 INFO up\n';
const untimed = '[10:41:17] GET /cart\n';

it.each([
  ['no time at all', untimed.repeat(50), true],
  ['times only long before its end', timed + untimed.repeat(5_000), true],
  ['a trace at its end', `${timed}Error: down\n${'    at charge (client.js:4:13)\n'.repeat(100)}`, false],
  ['times', timed.repeat(5_000), false],
  ['JSON without a time', '{"level":"info","msg":"up"}\n'.repeat(9), true],
  ['JSON with the time of Serilog', '{"Timestamp":"2025-11-03T13:58:01Z","Message":"up"}\n', false],
  ['days first', '22.11.2025 13:58:01 up\n', false],
  ['nothing', '', false],
  ['blank lines alone', '\n \n', false],
])('a file with %s says whether its newest lines carry times', async (_, text, expected) => {
  expect(await endsUntimed(toReading(text))).toBe(expected);
});

it('is not asked of packed files, whose end is far', async () => {
  expect(await endsUntimed(toReading(untimed, 'gzip'))).toBe(false);
});
