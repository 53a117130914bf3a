import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

import { currentPolicies } from '#cli/hook/committed.ts';
import { enforced } from '#cli/hook/findings.ts';
import { findForeignRecords, findHalt } from '#cli/hook/halt.ts';
import type { JudgedCall } from '#cli/hook/judge-call.ts';
import { judgeCall } from '#cli/hook/judge-call.ts';
import type { Guarded, Surroundings } from '#cli/hook/locate.ts';
import { canonicalFolder } from '#cli/hook/locate.ts';
import type { HookOptions } from '#cli/hook/options.ts';
import type { OperatorFiles } from '#cli/hook/policy.ts';
import { findOperatorFiles, loadPolicy } from '#cli/hook/policy.ts';
import type { HookInput, HookReply } from '#cli/hook/protocol.ts';
import { toReply } from '#cli/hook/protocol.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import type { Invocation } from '#cli/invocation.ts';
import { cacheFolderOf, stateFolderOf } from '#cli/invocation.ts';
import { publicStopFile } from '#cli/kill-switch.ts';
import type { HostFacts } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';

/** One call to judge, and how the hook was started. */
export interface HookRequest {
  readonly options: HookOptions;
  readonly input: HookInput;
  readonly facts: Exclude<HostFacts, { kind: 'ignored' }>;
  readonly invocation: Invocation;
}

/** A call that the policy has judged. */
export interface HookVerdict {
  readonly request: HookRequest;
  readonly around: Surroundings;
  /** The operator's, tightened by the repository's own. */
  readonly policy: HostPolicy;
  /** The operator's policy as it is written; undefined where other files have a part in it. */
  readonly text: string | undefined;
  readonly files: OperatorFiles;
  readonly judged: JudgedCall;
}

/** Judges one call of a host's own tool by the operator's policy and the incident it belongs to. */
export async function runHook(asked: HookRequest): Promise<HookReply> {
  const project = canonicalFolder(projectOf(asked));
  // A relative state folder must not move with the agent.
  const invocation = { ...asked.invocation, workingDirectory: project };
  const request = { ...asked, invocation };
  const { options, input, facts } = request;
  const checkout = findCheckout(project);
  const committed = checkout && currentPolicies(checkout, invocation.environment);
  // Awaited below; until then a failure is nobody's.
  committed?.catch(() => undefined);
  const files = await findOperatorFiles(options, project, invocation);
  const { policy, origins, text } = await loadPolicy(files, invocation, (await committed) ?? []);
  const around = {
    project,
    checkout,
    home: canonicalFolder(homedir()),
    temporary: canonicalFolder(tmpdir()),
    program: canonicalFolder(invocation.packageFolder),
    guarded: guardedFiles(
      files.config,
      [files.approvers ?? files.config, files.freeze ?? files.config, ...origins],
      invocation,
    ),
  };
  const folder = canonicalFolder(input.folder ?? project);
  const seen = await judgeCall(facts, { policy, around, folder, call: input.call });
  const foreign = findForeignRecords(invocation);
  const bars = foreign.length > 0 ? foreign : findHalt(invocation, files.config);
  const judged = seen.changes ? { ...seen, findings: [...bars, ...seen.findings] } : seen;
  const isKept = namedIncident(request) !== undefined || existsSync(stateFolderOf(invocation));
  const concerns = judged.changes || enforced(judged.findings, policy).length > 0;
  if (!concerns || !isKept || foreign.length > 0) return toReply(enforced(judged.findings, policy), input, policy);
  const { settle } = await import('#cli/hook/settle.ts');
  return await settle({ request, around, policy, text, files, judged });
}

/** The incident that the hook was told, if any. */
export function namedIncident({ options, invocation }: HookRequest): string | undefined {
  return options.incident ?? (invocation.environment['FIXGATE_INCIDENT'] || undefined);
}

/** Where the host was started, which the agent cannot move; the folder of the call only where the host does not say. */
function projectOf({ options, input, invocation }: HookRequest): string {
  const given = invocation.environment[options.host === 'claude' ? 'CLAUDE_PROJECT_DIR' : 'ARCHITECT_WORKSPACE'];
  return given && path.isAbsolute(given) ? given : (input.folder ?? invocation.workingDirectory);
}

function guardedFiles(config: string, others: readonly string[], invocation: Invocation): readonly Guarded[] {
  const { entry, packageFolder } = invocation;
  const [policies, ...parts] = ['policies', 'bin', 'dist'].map((part) => path.join(packageFolder, part));
  const program = [path.dirname(entry), ...parts];
  const what = 'the program that guards';
  const files: readonly Guarded[] = [
    { path: stateFolderOf(invocation), what: "Fixgate's records", readable: false },
    ...[config, ...others].map((file) => ({ path: file, what: "the operator's configuration", readable: true })),
    { path: publicStopFile(config), what: 'the kill switch', readable: true },
    ...program.map((folder) => ({ path: folder, what, readable: true, isProgram: true })),
    ...[policies ?? '', cacheFolderOf(invocation)].map((folder) => ({ path: folder, what, readable: true })),
  ];
  return files.flatMap((file) => [file, { ...file, path: canonicalFolder(file.path) }]);
}
