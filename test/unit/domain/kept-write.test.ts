import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { commonEnds, commonLineEnds } from '#domain/common-ends.ts';
import { fromKeptWrite, toKeptWrite } from '#domain/kept-write.ts';

/** Contents that share much: few kinds of lines, some long enough to be compared in blocks. */
const content = array(constantFrom('a\n', 'b\n', '\n', 'no end', `${'x'.repeat(5_000)}\n`, 'ü\r\n'), {
  maxLength: 8,
}).map((lines) => Buffer.from(lines.join('')));

describe('what is kept of a write', () => {
  it('makes the new content again from the old one, whatever they share [workspace:tree:rebuilt]', () => {
    assert(
      property(content, content, (before, after) => {
        const kept = toKeptWrite({
          path: 'a',
          before: { mode: '100644', oid: 'x', content: before },
          after: { mode: '100644', content: after },
          added: 0,
          removed: 0,
        });
        expect(fromKeptWrite(kept, before)).toEqual(after);
      }),
    );
  });

  it('is what differs, and everything where the old content is not known', () => {
    const [before, after] = [Buffer.from('one\ntwo\nthree\n'), Buffer.from('one\nTWO\nthree\n')];
    const write = { path: 'a', after: { mode: '100644' as const, content: after }, added: 1, removed: 1 };
    const known = toKeptWrite({ ...write, before: { mode: '100644', oid: 'x', content: before } });
    expect(known.after).toMatchObject({ head: 4, tail: 7, middle: Buffer.from('TWO') });
    expect(toKeptWrite(write).after).toMatchObject({ head: 0, tail: 0, middle: after });
    expect(toKeptWrite({ path: 'a', added: 0, removed: 3 })).toEqual({ path: 'a' });
    expect(fromKeptWrite({ path: 'a' }, before)).toBeUndefined();
  });
});

describe('common ends', () => {
  it('are equal, do not overlap, and cannot be longer', () => {
    assert(
      property(content, content, (a, b) => {
        const { head, tail } = commonEnds(a, b);
        expect(head + tail).toBeLessThanOrEqual(Math.min(a.length, b.length));
        expect(a.subarray(0, head)).toEqual(b.subarray(0, head));
        expect(a.subarray(a.length - tail)).toEqual(b.subarray(b.length - tail));
        if (head + tail === Math.min(a.length, b.length)) return;
        expect(a[head]).not.toBe(b[head]);
        expect(a[a.length - 1 - tail]).not.toBe(b[b.length - 1 - tail]);
      }),
    );
  });

  it('end where lines do when they are asked for whole lines', () => {
    assert(
      property(content, content, (a, b) => {
        const { head, tail } = commonLineEnds(a, b);
        for (const each of [a, b]) {
          expect(head === 0 || each[head - 1] === 10).toBe(true);
          expect(tail === 0 || each[each.length - tail - 1] === 10).toBe(true);
        }
        expect(a.subarray(0, head)).toEqual(b.subarray(0, head));
        expect(a.subarray(a.length - tail)).toEqual(b.subarray(b.length - tail));
        expect(head + tail).toBeLessThanOrEqual(Math.min(a.length, b.length));
      }),
    );
  });
});
