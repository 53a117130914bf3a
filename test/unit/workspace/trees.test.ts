import { assert, constantFrom, dictionary, property, record, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';

import { emptyTree, parseTree, serializeTree, toGitMode } from '#workspace/trees.ts';

it('knows the empty tree of both object formats', () => {
  expect(emptyTree('sha1')).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  expect(emptyTree('sha256')).toBe('6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321');
});

it('sorts a folder as if its name ended in a slash', () => {
  const oid = 'a'.repeat(40);
  const entries = new Map([
    ['a', { mode: '40000', oid }],
    ['a.b', { mode: '100644', oid }],
    ['a-b', { mode: '100644', oid }],
  ]);
  expect([...parseTree(serializeTree(entries), 'sha1').keys()]).toEqual(['a-b', 'a.b', 'a']);
});

it('reads what it wrote, whatever bytes the names hold', () => {
  const name = uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) =>
    Buffer.from(bytes).toString('latin1').replace(/[\0/]/g, 'x'),
  );
  const entry = record({
    mode: constantFrom('100644', '100755', '100664', '120000', '160000', '40000'),
    oid: uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  });
  assert(
    property(dictionary(name, entry), (rows) => {
      const entries = new Map(Object.entries(rows));
      expect(parseTree(serializeTree(entries), 'sha256')).toEqual(entries);
    }),
  );
});

it.each([
  ['100644', '100644'],
  ['100664', '100644'],
  ['100755', '100755'],
  ['120000', '120000'],
  ['160000', '160000'],
])('takes mode %s for %s', (stored, mode) => {
  expect(toGitMode(stored)).toBe(mode);
});

it('throws on a truncated tree', () => {
  expect(() => parseTree(Buffer.from('100644 name'), 'sha1')).toThrow(/malformed/);
});
