import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exampleRun } from '#policy/examples.ts';
import { explain } from '#policy/explain.ts';

import type { Call } from '../support/command-oracle.ts';
import { canIsolate, executeAll } from '../support/command-oracle.ts';
import { attackTexts, harmlessTexts, tokenSoups } from '../support/command-texts.ts';
import { missing } from '../support/needs.ts';
import { variableTexts } from '../support/variable-texts.ts';
import { shipped } from '../unit/policy/samples.ts';

/** Strings of each kind; FIXGATE_FUZZ_RUNS=20000 takes minutes. */
const runs = Number(process.env['FIXGATE_FUZZ_RUNS'] ?? 250);
const seed = Number(process.env['FIXGATE_FUZZ_SEED'] ?? 20_260_101);
const unavailable = missing('A namespace without a network (unshare)', canIsolate());

const verdictOf = (text: string) => explain('command', exampleRun(text), { policy: shipped }).verdict;

const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: runs, seed });

/** A call of the core's program that begins with the core's arguments; what wrappers add comes last. */
const isCore = (call: Call, core: readonly string[]) => core.every((word, index) => call[index] === word);

/** The plainest reading of a call, written apart from the analysis that is tested. */
function isPlainlyBlocked([program = '', ...args]: Call): boolean {
  const verbs: Readonly<Record<string, string>> = { kubectl: 'apply', docker: 'push', npm: 'publish' };
  const takesValue = (arg: string | undefined) => arg === '-n' || arg === '--prefix' || arg === '-f';
  return args.find((arg, index) => !arg.startsWith('-') && !takesValue(args[index - 1])) === verbs[program];
}

describe.skipIf(unavailable !== undefined)(
  `commands among logging stubs${unavailable ? ` (${unavailable})` : ''}`,
  () => {
    it('no text that really executed a blocked call is allowed', { timeout: 30_000 + runs * 60 }, async () => {
      const texts = sample(attackTexts);
      const calls = await executeAll(texts.map(({ text }) => text));
      const executed = texts.filter(({ core }, index) => calls[index]?.some((call) => isCore(call, core)));
      expect(executed.filter(({ text }) => verdictOf(text) === 'allow').map(({ text }) => text)).toEqual([]);
      expect(executed.length).toBeGreaterThan(runs / 2);
    });

    it('no harmless text is denied, and none executes a blocked call', { timeout: 30_000 + runs * 60 }, async () => {
      const texts = sample(harmlessTexts);
      const calls = await executeAll(texts.map(({ text }) => text));
      expect(texts.filter((_, index) => calls[index]?.some(isPlainlyBlocked))).toEqual([]);
      expect(texts.filter(({ text }) => verdictOf(text) !== 'allow').map(({ text }) => text)).toEqual([]);
    });

    it('no text whose variables made a blocked call is allowed', { timeout: 30_000 + runs * 60 }, async () => {
      const texts = sample(variableTexts);
      const calls = await executeAll(texts);
      const executed = texts.filter((_, index) => calls[index]?.some(isPlainlyBlocked));
      expect(executed.filter((text) => verdictOf(text) === 'allow')).toEqual([]);
      expect(executed.length).toBeGreaterThan(runs / 20);
      expect(texts.filter((text) => verdictOf(text) === 'allow').length).toBeGreaterThan(runs / 50);
    });

    it('no soup of tokens that executed a blocked call is allowed', { timeout: 30_000 + runs * 60 }, async () => {
      const texts = sample(tokenSoups);
      const calls = await executeAll(texts);
      const executed = texts.filter((_, index) => calls[index]?.some(isPlainlyBlocked));
      expect(executed.filter((text) => verdictOf(text) === 'allow')).toEqual([]);
    });
  },
);
