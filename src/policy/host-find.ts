// What `find` goes through: files that it hands to other programs, and those that it deletes.

import type { Arg } from '#policy/command/words.ts';
import { findWrites } from '#policy/host-option-writes.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { toUse } from '#policy/host-words.ts';

/** A glob, and whether what it finds is gone through with all that is below. */
export interface FoundFiles {
  readonly use: PathUse;
  readonly isDeep: boolean;
}

/** Folders whose files `find` hands to another program. */
export function searchesOf(calls: readonly ReadCall[]): readonly FoundFiles[] {
  const hands = calls.some(({ program }) => /^(?:xargs|parallel)$/.test(program));
  const finds = calls.filter(({ program, args }) => /^g?find$/.test(program) && (hands || args.some(isExec)));
  return finds.flatMap(({ args, raw }) =>
    rootsOfFind(args).map((arg) => ({
      use: {
        ...toUse(arg, raw, 'read'),
        extent: 'glob',
        ...(arg.kind === 'literal' && { pattern: arg.text }),
      },
      isDeep: true,
    })),
  );
}

function isExec({ text }: Arg): boolean {
  return /^-(?:exec|ok)(?:dir)?$/.test(text);
}

/** Options that stand before the folders where `find` begins, of GNU and of BSD. */
const LEADING = /^-(?:[HLPEXdsx]+|O\d*|[-Df])$/;

/** Where `find` begins: before its first option of a test. */
function rootsOfFind(args: readonly Arg[]): readonly Arg[] {
  // The folders are in a file.
  if (args.some(({ text }) => text.startsWith('-files0'))) return [{ text: '/', kind: 'many', at: 0 }];
  const words = args.slice(1).filter(({ text }) => !LEADING.test(text));
  const first = words.findIndex(({ text }) => /^[-(!]/.test(text));
  const roots = first < 0 ? words : words.slice(0, first);
  return roots.length > 0 ? roots : [{ text: '.', kind: 'literal', at: 0 }];
}

/** What `find` writes by its options, and what it deletes. */
export const find: Writes = (call) => {
  const { args, raw } = call;
  if (!args.some(({ text }) => text === '-delete')) return findWrites(call);
  const pattern = namedByFind(args);
  return [
    ...findWrites(call),
    ...rootsOfFind(args).map((arg) => ({ ...toUse(arg, raw, 'write', 'deep'), ...(pattern && { pattern }) })),
  ];
};

/** `find . -name '*.log' -delete` touches what is called so: with nothing else that might choose, and the name before the deed. */
function namedByFind(args: readonly Arg[]): string | undefined {
  const words = args.slice(1);
  const at = words.findIndex(({ text }) => /^-i?name$/.test(text));
  const name = words[at + 1];
  const others = words.some(({ text }) => /^(?:-o|-or|-not|!|,|[()])$/.test(text));
  const isBefore = at >= 0 && at < words.findIndex(({ text }) => text === '-delete');
  // Before another option `-name` is the value of one: `-newer -name -delete`.
  const isPlain = name?.kind === 'literal' && !/^-|[{}()!+@\s,\\]/.test(name.text);
  return isBefore && !others && isPlain ? name.text : undefined;
}
