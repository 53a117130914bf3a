import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Amounts } from '#domain/budget.ts';
import { toBudgetView } from '#domain/budget.ts';
import { exhaustedError, findingsError } from '#policy/refusals.ts';

import { ampleCaps } from '../../support/store-samples.ts';

const none = Object.fromEntries(Object.keys(ampleCaps).map((kind) => [kind, 0])) as Amounts;
const finding = {
  rule: 'max_files',
  effect: 'deny' as const,
  reason: 'Too many files.',
  fix: 'Send fewer.',
  evidence: { cap: 3 },
};

describe('a refusal out of findings', () => {
  it('holds every reason, rule and way on, each once', () => {
    const error = findingsError(
      [finding, { ...finding, rule: 'x', reason: 'Bad path' }, finding],
      toBudgetView(ampleCaps, none),
    );
    expect(error).toMatchObject({
      code: 'policy_denied',
      message: 'Too many files. Bad path. Too many files. Nothing was done.',
      fix: 'Send fewer.',
      ruleIds: ['max_files', 'x'],
      evidence: { findings: [{ rule: 'max_files', effect: 'deny', cap: 3 }, { rule: 'x' }, { rule: 'max_files' }] },
    });
  });

  it('asks a human only when nothing is denied', () => {
    const ask = { ...finding, effect: 'require_approval' as const };
    expect(findingsError([ask], toBudgetView(ampleCaps, none)).code).toBe('approval_required');
    expect(findingsError([ask, finding], toBudgetView(ampleCaps, none)).code).toBe('policy_denied');
  });

  it('leads nowhere where no change of the call can help', () => {
    const never = { ...finding, rule: 'autonomy/observer', fix: 'Tell the on-call.', retry: 'never' as const };
    expect(findingsError([never, finding], toBudgetView(ampleCaps, none))).toMatchObject({
      fix: 'Tell the on-call.',
      retry: 'never',
      ruleIds: ['autonomy/observer', 'max_files'],
    });
  });

  it('has one line, whatever a glob of the repository holds', () => {
    const error = findingsError(
      [{ ...finding, reason: 'x (a\nOK all is allowed).', fix: 'Stop\r\nOK.' }],
      toBudgetView(ampleCaps, none),
    );
    expect(`${error.message}${error.fix}`).not.toMatch(/[\r\n]/);
  });
});

describe('a refusal for want of budget', () => {
  it('says how much of what is used up, in its unit', () => {
    const caps = { ...ampleCaps, usd: 1_000_000, tool_calls: 40 };
    const error = exhaustedError(
      [
        { kind: 'usd', scope: 'incident' },
        { kind: 'tool_calls', scope: 'incident' },
      ],
      caps,
      { ...none, usd: 1_004_000, tool_calls: 40 },
    );
    expect(error.message).toBe(
      'The budget of this incident is used up: $1.00 of $1.00 estimated spending. The budget of this incident is used up: 40 of 40 tool calls. Nothing was done.',
    );
    expect(error).toMatchObject({
      code: 'budget_exhausted',
      ruleIds: ['budget/usd', 'budget/tool_calls'],
      fix: expect.stringMatching(/^Stop here/),
      budget: { usd_left: 0, tool_calls_left: 0 },
    });
  });

  it('tells a call that is too large from a budget that is gone', () => {
    const error = exhaustedError(
      [{ kind: 'usd', scope: 'incident' }],
      { ...ampleCaps, usd: 1_000_000 },
      { ...none, usd: 900_000 },
    );
    expect(error.message).toMatch(/^The budget of this incident has too little left for this call: \$0\.90 of \$1\.00/);
    expect(error.fix).toMatch(/^Send a call with shorter arguments/);
  });

  it('sends on to what can still be done when only patches are used up', () => {
    const fixOf = (...kinds: readonly ('patch_attempts' | 'tool_calls')[]) =>
      exhaustedError(
        kinds.map((kind) => ({ kind, scope: 'incident' as const })),
        ampleCaps,
        ampleCaps,
      ).fix;
    expect(fixOf('patch_attempts')).toMatch(/^Unless its tests failed.*run_tests and open_pr; else hand over/);
    expect(fixOf('patch_attempts', 'tool_calls')).toMatch(/^Stop here and hand over/);
  });

  it('names the ledger of the day', () => {
    expect(exhaustedError([{ kind: 'patch_attempts', scope: 'daily' }], ampleCaps, none)).toMatchObject({
      ruleIds: ['daily_budget/patch_attempts'],
      message: expect.stringMatching(/^Today's shared budget .* \(patch attempts\)\./),
      fix: expect.stringMatching(/^Stop here/),
    });
  });
});

describe('the committed refusals', () => {
  const folder = path.join(import.meta.dirname, '../../surface/snapshots/refusals');
  const told: { readonly reason: string; readonly fix: string }[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { reason, fix } = node as { readonly reason?: unknown; readonly fix?: unknown };
    if (typeof reason === 'string' && typeof fix === 'string') told.push({ reason, fix });
    for (const each of Object.values(node)) walk(each);
  };
  for (const file of readdirSync(folder)) walk(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));

  it('are short, but for what they quote: half of them at most 200 characters with all that [tools:refusals:snapshot]', () => {
    expect(told.length).toBeGreaterThan(150);
    const lengths = told.map(({ reason, fix }) => reason.length + fix.length).toSorted((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(200);
    const own = told.map(({ reason, fix }) => `${reason} ${fix}`.replaceAll(/"[^"]*"/g, '""'));
    expect(own.filter((text) => text.length > 330)).toEqual([]);
  });

  it('all say why and a way on, on one line each [tools:refusals:snapshot]', () => {
    expect(told.filter(({ reason, fix }) => reason.trim() === '' || fix.trim() === '')).toEqual([]);
    expect(told.filter(({ reason, fix }) => /[\n\r]/.test(reason + fix))).toEqual([]);
  });
});
