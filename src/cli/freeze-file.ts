import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { MAX_POLICY_BYTES, parseYaml } from '#policy/yaml.ts';

/** What a pipeline says while agents may open ready pull requests; everything else freezes them. */
const CALM: Readonly<Record<string, ReadonlySet<string>>> = {
  circuit_breaker_status: new Set(['armed', 'ok']),
  status: new Set(['idle', 'ok', 'done', 'complete', 'completed', 'success', 'succeeded', 'failed', 'cancelled']),
};

/** Why the operator's file allows drafts only; undefined when it says that nothing is going on. What cannot be read freezes. */
export function freezeOf(file: string): string | undefined {
  const name = path.basename(file);
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) return `The freeze file ${name} is missing`;
    if (!stats.isFile()) return `The freeze file ${name} is no file`;
    if (stats.size > MAX_POLICY_BYTES) return `The freeze file ${name} has more than ${MAX_POLICY_BYTES / 1_024} KiB`;
    return saidBy(name, readFileSync(file, 'utf8'));
  } catch {
    return `The freeze file ${name} cannot be read`;
  }
}

function saidBy(name: string, text: string): string | undefined {
  const { value, problems } = parseYaml(text, '1.2');
  if (problems.length > 0 || value === null || typeof value !== 'object' || Array.isArray(value))
    return `The freeze file ${name} is no JSON or YAML mapping`;
  const said = Object.entries(value as Readonly<Record<string, unknown>>).filter(([key]) => Object.hasOwn(CALM, key));
  if (said.length === 0) return `The freeze file ${name} has neither circuit_breaker_status nor status`;
  const frozen = said.find(([key, state]) => typeof state !== 'string' || !CALM[key]?.has(state));
  return frozen && `The freeze file ${name} says ${frozen[0]}: ${JSON.stringify(frozen[1]).slice(0, 60)}`;
}
