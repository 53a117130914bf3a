import type { Surroundings } from '#cli/hook/locate.ts';
import { locate } from '#cli/hook/locate.ts';
import type { HostFacts } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/** What is said of a call, and whether it would change anything. */
export interface JudgedCall {
  readonly findings: readonly Finding[];
  readonly changes: boolean;
  /** Files of the repository that an edit tool names. */
  readonly edited: readonly string[];
}

/** What a call is judged by. */
export interface JudgeDeps {
  readonly policy: HostPolicy;
  readonly around: Surroundings;
  /** Folder that the call starts in. */
  readonly folder: string;
}

/** Every objection to a call of a host's own tool, all at once; loads only what this kind of call needs. */
export async function judgeCall(facts: Exclude<HostFacts, { kind: 'ignored' }>, deps: JudgeDeps): Promise<JudgedCall> {
  switch (facts.kind) {
    case 'refused':
      return { findings: [{ ...facts, effect: 'deny', evidence: {} }], changes: true, edited: [] };
    case 'files':
      return await judgeFiles(facts, deps);
    case 'command': {
      const { judgeShell } = await import('#cli/hook/judge-shell.ts');
      const judged = await judgeShell(facts, deps);
      return { ...judged, findings: unique(judged.findings), edited: [] };
    }
  }
}

async function judgeFiles({ uses }: Extract<HostFacts, { kind: 'files' }>, deps: JudgeDeps): Promise<JudgedCall> {
  const { judgeUse } = await import('#cli/hook/judge-paths.ts');
  const written = uses.filter(({ use }) => use === 'write');
  const names = written.flatMap(({ text }) => locate(text, deps.folder, deps.around).names.slice(0, 1));
  return {
    findings: unique(uses.flatMap((use) => judgeUse(use, deps.folder, deps))),
    changes: written.length > 0,
    edited: [...new Set(names)],
  };
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.rule}\0${finding.reason}`, finding])).values()];
}
