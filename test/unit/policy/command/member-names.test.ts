import { describe, expect, test } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { executedByItself, readsCode, scriptsOf } from '#policy/command/executed-files.ts';

const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];
const entries = compileEntries(['npm publish']);

/** Calls in which such a name is a program, a verb, an option, a setting or a variable. */
const forms: readonly ((name: string) => string)[] = [
  (name) => `${name} npm publish`,
  (name) => `./${name} npm publish`,
  (name) => `git ${name}; npm publish`,
  (name) => `git-${name} npm publish`,
  (name) => `npm ${name}; npm publish`,
  (name) => `docker ${name} x; npm publish`,
  (name) => `${name}=1 npm publish`,
  (name) => `make ${name}=1; npm publish`,
  (name) => `tmux send-keys ${name}; npm publish`,
  (name) => `mytool --${name} 'a b'; npm publish`,
  (name) => `python -m ${name} a; npm publish`,
  (name) => `mytool --cmd '{"${name}": "a"}'; npm publish`,
];

function isRefused(command: string): boolean {
  const analysis = analyzeCommand(command);
  // Whoever looks at the calls looks them up as well.
  for (const call of analysis.invocations) void [executedByItself(call), readsCode(call), scriptsOf(call)];
  return findBlocked(analysis, entries).length > 0;
}

describe('names that every object has', () => {
  test.each(names)('such as %s are names of programs and words like others', (name) => {
    const allowed = forms.map((form) => form(name)).filter((command) => !isRefused(command));
    expect(allowed).toEqual([]);
  });
});
