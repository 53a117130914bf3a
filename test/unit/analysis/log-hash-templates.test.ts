import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { createLogHash } from '#analysis/log-hash.ts';

function hashOf(lines: readonly string[]): string | undefined {
  const made = createLogHash('s');
  for (const line of lines) made.add(line, 'error');
  return made.value();
}

/** The published form: what is hashed of sorted templates. */
const expected = (...templates: readonly string[]) =>
  `lh1:${createHash('sha256')
    .update(['lh1', 'service=s', ...templates].join('\n'))
    .digest('hex')
    .slice(0, 32)}`;

const word = (n: number) => String.fromCodePoint(97 + Math.floor(n / 26), 97 + (n % 26));

describe('the templates of the hash of errors', () => {
  it.each([
    ['at 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 end', 'at <traceparent> end'],
    ['id 3fa85f64-5717-4562-b3fc-2c963f66afa6', 'id <uuid>'],
    ['2026-04-21 12:35:01,123 fell', '<date> fell'],
    ['mail to ann.lee@shop.example failed', 'mail to <email> failed'],
    ['GET https://pay.example.com/v1?x=1 failed', 'get <url> failed'],
    ['peer 10.2.3.4:443 gone', 'peer <ip> gone'],
    [`commit ${'0a'.repeat(20)} bad`, 'commit <hash> bad'],
    ['took 30.5s of 3ms', 'took <duration> of <duration>'],
    ['heap 0x7ffee4c0', 'heap <hex>'],
    ['load 3.75 of -1.5', 'load <float> of <float>'],
    ['Try 3 of 5', 'try <int> of <int>'],
    ['name="Ann Lee" id=\'x y\'', 'name=<quoted> id=<quoted>'],
    ['retry=true last=FALSE', 'retry=<bool> last=<bool>'],
    ['\u001B[31mDisk   full\u001B[0m ', 'disk full'],
  ])('%j becomes %j [logs:hash:vector]', (line, template) => {
    expect(hashOf([line])).toBe(expected(template));
  });

  it('are the twenty that come most often, of equals the first by their text [logs:hash:vector]', () => {
    const texts = Array.from({ length: 25 }, (_, n) => `failure ${word(n)}`);
    const often = (text: string) => Array.from({ length: 5 }, () => text);
    expect(hashOf(texts)).toBe(expected(...texts.slice(0, 20)));
    expect(hashOf(texts.toReversed())).toBe(expected(...texts.slice(0, 20)));
    const last = texts.at(-1) ?? '';
    expect(hashOf([...texts, ...often(last)])).toBe(expected(...texts.slice(0, 19), last));
  });
});
