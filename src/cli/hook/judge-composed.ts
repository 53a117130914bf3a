import path from 'node:path';

import { denied, deniedByGuard } from '#cli/hook/findings.ts';
import type { Surroundings } from '#cli/hook/locate.ts';
import { isThere, locate } from '#cli/hook/locate.ts';
import { judgeWrite } from '#policy/host-files.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

interface Deps {
  readonly policy: HostPolicy;
  readonly around: Surroundings;
}

/** Names that a program makes up: those that matter more than by their name, or an objection to all of them. */
export function composedNames(
  { text, endings }: PathUse,
  base: string,
  { policy, around }: Deps,
): { readonly names: readonly string[]; readonly findings: readonly Finding[] } {
  const at = text.lastIndexOf('/') + 1;
  const folder = locate(text.slice(0, at) || '.', base, around);
  const start = text.slice(at);
  const own = around.guarded.filter((each) => path.dirname(each.path) === folder.real);
  if (!endings || endings.some((ending) => ending.includes('/'))) {
    const near = own.find((each) => path.basename(each.path).startsWith(start));
    if (near) return { names: [], findings: [deniedByGuard(text, near, 'change')] };
    return folder.place === 'temporary'
      ? { names: [`${text}a`], findings: [] }
      : { names: [], findings: [tooMany(text)] };
  }
  const names = endings.map((ending) => text + ending);
  const made = new Set(endings.map((ending) => start + ending));
  const hit = own.find((each) => made.has(path.basename(each.path)));
  if (hit) return { names: [], findings: [deniedByGuard(hit.path, hit, 'change')] };
  const findings = folder.place === 'temporary' ? [] : firstOf(made, folder.names, policy);
  // Files that are there may be links; all others lie where the first of them does.
  return {
    names:
      findings.length > 0
        ? []
        : [...names.slice(0, 1), ...names.slice(1).filter((name) => isThere(path.resolve(base, name)))],
    findings,
  };
}

/** What is said against the first of the names that may not be written. */
function firstOf(made: ReadonlySet<string>, folders: readonly string[], policy: HostPolicy): readonly Finding[] {
  for (const folder of folders)
    for (const name of made) {
      const findings = judgeWrite(path.join(folder, name), policy);
      if (findings.length > 0) return findings;
    }
  return [];
}

function tooMany(text: string): Finding {
  return denied(
    'command_not_analysable',
    `Which files the command writes that begin with ${quote(text)} cannot be read off: their names may end in too many ways.`,
    'Let them end in at most three letters or four digits, or write them into the folder for temporary files.',
  );
}
