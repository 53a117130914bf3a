import { expect, it } from 'vitest';

import { requirePlan } from '#policy/guards/require-plan.ts';

import { incident, patch, publishing, running, shipped } from '../samples.ts';

const asking = { ...shipped, require_plan: true };
const missingIn = (plan: string | undefined, rca = '') =>
  requirePlan(patch({ ...(plan !== undefined && { plan }) }), asking, { ...incident, rca: { text: rca } }).flatMap(
    ({ evidence }) => evidence['parts'],
  );

const whole = 'diagnosis: a b c\nchange: d e f\nrollback: g h i';

it.each<[string | undefined, readonly string[]]>([
  [undefined, ['diagnosis', 'change', 'rollback']],
  [whole, []],
  [whole.replaceAll('\n', '\r\n\r\n'), []],
  [whole.toUpperCase(), []],
  ['- **Diagnosis:** a b c\n> ## change : d e f\n  * rollback*: g h i', []],
  [whole.replace('a b c', 'a b'), ['diagnosis']],
  [whole.replace('a b c', 'a b B'), ['diagnosis']],
  [whole.replace('a b c', '- a, b!'), ['diagnosis']],
  [whole.replace('change:', 'changelog:'), ['change']],
  [whole.replace('change:', 'no change:'), ['change']],
  [whole.replace('rollback:', 'rollback'), ['rollback']],
  [whole.replaceAll('\n', ' '), ['change', 'rollback']],
  ['change: d e f', ['diagnosis', 'rollback']],
])('of a plan %j these parts are missing: %j [gate:policy:plan-parts]', (plan, parts) => {
  expect(missingIn(plan)).toEqual(parts);
});

it.each<[string, readonly string[]]>([
  ['', ['diagnosis']],
  [' \n', ['diagnosis']],
  ['Jobs stay in the queue.', []],
])('with the root-cause analysis %j these parts are missing: %j [gate:policy:plan-parts]', (rca, parts) => {
  expect(missingIn(whole.replace('diagnosis', 'x'), rca)).toEqual(parts);
});

it.each<[string, boolean]>([
  ['', true],
  [' \n', true],
  ['Jobs stay.', false],
])('a pull request with the root cause %j is refused: %s [gate:policy:plan]', (rootCause, refused) => {
  const missing = requirePlan(publishing({ rootCause }), asking, incident).map(({ evidence }) => evidence['missing']);
  expect(missing).toEqual(refused ? ['root_cause'] : []);
});

it('nothing else is asked for a plan, and nothing by a policy that does not ask [gate:policy:plan]', () => {
  const asked = [patch(), publishing({ rootCause: '' })].flatMap((action) => requirePlan(action, shipped, incident));
  expect([...asked, ...requirePlan(running('npm test'), asking, incident)]).toEqual([]);
});
