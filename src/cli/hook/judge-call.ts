import { judgeUse, namesFile } from '#cli/hook/judge-paths.ts';
import { judgeSecrets } from '#cli/hook/judge-secrets.ts';
import type { Located, Surroundings } from '#cli/hook/locate.ts';
import { isOwnEntry, locate } from '#cli/hook/locate.ts';
import { withinTime } from '#cli/hook/time-limit.ts';
import type { HostCall, HostFacts } from '#policy/host-tools.ts';
import { MAX_PATH, unknownTool } from '#policy/host-unknown.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/** What is said of a call, and what it would do. */
export interface JudgedCall {
  readonly findings: readonly Finding[];
  /** It may change something. */
  readonly changes: boolean;
  /** Files of the project that it writes, as far as its words tell, as they are named there. */
  readonly written: readonly string[];
  /** It runs something that may be more than looking and moving files. */
  readonly runs: boolean;
  /** Files of the repository that an edit tool names. */
  readonly edited: readonly string[];
}

/** What a call is judged by. */
export interface JudgeDeps {
  readonly policy: HostPolicy;
  readonly around: Surroundings;
  /** Folder that the call starts in. */
  readonly folder: string;
  /** What is looked through for secrets; absent where that was done. */
  readonly call?: HostCall;
}

/** Every objection to a call of a host's own tool, all at once, within the time that a hook has. */
export async function judgeCall(facts: Exclude<HostFacts, { kind: 'ignored' }>, deps: JudgeDeps): Promise<JudgedCall> {
  if (facts.kind === 'refused') return refused(facts);
  if (facts.kind === 'files') return withinTime(() => judgeFiles(facts, deps));
  if (facts.kind === 'unknown')
    return (await judgeCommands(facts.texts, deps)) ?? withinTime(() => judgeUnknown(facts.texts, deps));
  // The parser of commands is large.
  const { judgeShell } = await import('#cli/hook/judge-shell.ts');
  return withinTime(() => {
    const judged = judgeShell(facts, deps);
    return { ...judged, findings: unique(judged.findings) };
  });
}

function judgeFiles({ uses }: Extract<HostFacts, { kind: 'files' }>, deps: JudgeDeps): JudgedCall {
  const { call } = deps;
  const written = uses.filter(({ use }) => use === 'write');
  const located = written.map(({ text }): Located => locate(text, deps.folder, deps.around));
  const inProject = written.filter((_, index) => located[index]?.place === 'project');
  return {
    findings: unique([
      ...uses.flatMap((use) => judgeUse(use, deps.folder, deps)),
      ...(call ? located.slice(0, 1).flatMap((target) => judgeSecrets(call, target, deps)) : []),
    ]),
    changes: written.length > 0,
    written: inProject.map(({ text }) => text),
    runs: false,
    edited: [...new Set(located.flatMap(({ names }) => names.slice(0, 1)))],
  };
}

/** Two words or more. */
const MAYBE_COMMAND = /\S\s+\S/;

/** A tool that nobody here knows may be a shell, whatever its arguments are called. */
async function judgeCommands(texts: readonly string[], deps: JudgeDeps): Promise<JudgedCall | undefined> {
  const candidates = [...texts, texts.join(' ')].filter((text) => MAYBE_COMMAND.test(text));
  if (candidates.length === 0) return undefined;
  // The parser of commands is large.
  const { blockedIn, guardCallIn } = await import('#policy/host-unknown-commands.ts');
  const { around, folder, policy } = deps;
  return withinTime(() => {
    const own = guardCallIn(candidates, (word) => isOwnEntry(word, false, { bases: [folder], around }));
    const blocked = own ? undefined : blockedIn(candidates, policy.blocked_commands);
    return own ? refused(own) : blocked && refused(unknownTool(blocked.call));
  });
}

/** A tool that nobody here knows is left alone while none of its texts is a file's name. */
function judgeUnknown(texts: readonly string[], deps: JudgeDeps): JudgedCall {
  const named = texts.find((text) => text.length <= MAX_PATH && namesFile(text, deps.folder, deps));
  if (named !== undefined) return refused(unknownTool(named));
  return { findings: [], changes: false, written: [], runs: false, edited: [] };
}

function refused({ rule, reason, fix }: Pick<Finding, 'rule' | 'reason' | 'fix'>): JudgedCall {
  return {
    findings: [{ rule, reason, fix, effect: 'deny', evidence: {} }],
    changes: true,
    written: [],
    runs: true,
    edited: [],
  };
}

function unique(findings: readonly Finding[]): readonly Finding[] {
  // Of a file of the guard it is enough to say once that it is left alone.
  const keyOf = ({ rule, reason, evidence }: Finding) => `${rule}\0${JSON.stringify(evidence['guarded'] ?? reason)}`;
  const first = new Map<string, Finding>();
  for (const finding of findings) if (!first.has(keyOf(finding))) first.set(keyOf(finding), finding);
  return [...first.values()];
}
