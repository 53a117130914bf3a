import { accessSync, constants } from 'node:fs';
import path from 'node:path';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED } from '#cli/command.ts';
import { approverKeys, KEEP_APART } from '#cli/doctor/approver-keys.ts';
import type { GuardProblem } from '#cli/guard.ts';
import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import { countHostTools } from '#report/guard.ts';
import { headVerifier, readPublicHalf, refuseReadableKey } from '#state/head-key.ts';

/** Newest incidents whose calls are counted. */
const MAX_INCIDENTS = 1_000;

/** Says whether an agent with a shell could undo the guard, why, and what to do. */
export async function doctorGuard(
  runtime: Runtime,
  { http }: { readonly http: boolean },
  context: CommandContext,
): Promise<void> {
  const stateFolder = stateFolderOf(context.invocation);
  const problems = [...runtime.guard.reasons, ...keyProblems(stateFolder)];
  const strength = problems.length === 0 ? 'enforced' : 'advisory';
  console.log(
    [
      `guard: ${strength}`,
      ...(strength === 'enforced'
        ? ['- agents run under another account, which can write neither policy nor records']
        : []),
      ...problems.flatMap(({ why, fix }) => [`- ${why}`, `  next: ${fix}`]),
      ...(http ? [] : ['- judged as a server on stdio; add --http for one that speaks HTTP']),
      `approvals: ${proofWords(runtime.proof)}${await keyWords(runtime, context.invocation)}`,
      `records: ${signatureWords(stateFolder, strength)}`,
      `kill switch: ${switchWords(runtime)}`,
      `host tools: ${hookWords(runtime)}`,
    ].join('\n'),
  );
  context.setExitCode(strength === 'enforced' ? 0 : EXIT_REFUSED);
}

const approvalWords: Readonly<Record<Runtime['proof']['mode'], string>> = {
  signed: 'signed',
  advisory: 'advisory',
  none: 'none\n  next: Name a file of allowed signers as `approvers` in fixgate.yaml; until then nobody can approve, release, waive or resume.',
};

function proofWords(proof: Runtime['proof']): string {
  if (proof.mode !== 'none' || proof.why === undefined) return approvalWords[proof.mode];
  return `none: ${proof.why}\n  next: Write that file, or name another as \`approvers\` in fixgate.yaml; until then nobody can approve, release, waive or resume.`;
}

/** Keys that sign without a human are a weakness of approvals, not of the files that the guard is judged by. */
async function keyWords({ config, proof }: Runtime, invocation: Invocation): Promise<string> {
  const { approvers } = config.file;
  if (proof.mode !== 'signed' || approvers === undefined) return '';
  const { usable, unseen } = await approverKeys(path.resolve(config.folder, approvers), invocation);
  const weak = usable.length === 0 ? '' : `, but whatever runs in this account signs too: ${usable.join('; ')}`;
  const notes = unseen.map((each) => `; ${each}`).join('');
  return `${weak}${notes}${weak === '' ? '' : `\n  next: ${KEEP_APART}`}`;
}

function keyProblems(stateFolder: string): readonly GuardProblem[] {
  try {
    refuseReadableKey(stateFolder);
    return [];
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    return [{ reason: 'readable_key', why: error.message, fix: error.fix }];
  }
}

function signatureWords(stateFolder: string, strength: 'enforced' | 'advisory'): string {
  const pem = readPublicHalf(stateFolder);
  if (pem !== undefined)
    return `signed, public key ${headVerifier(pem).fingerprint}\n  next: Keep a copy of keys/heads.pub elsewhere, for \`fixgate audit verify --public-key\`.`;
  return strength === 'enforced' ? 'signed from the first record on' : 'not signed, since the guard is advisory';
}

/** Whether `fixgate stop --all` reaches a hook that runs under the agent's account. */
function switchWords({ killSwitch: { publicFile }, config }: Runtime): string {
  if (config.file.agents === 'same_account') return 'stops hooks too, which use the same state folder';
  if (publicFile === undefined)
    return 'does not reach hooks\n  next: Write a fixgate.yaml, and name it to the hook with --config.';
  if (isWritable(path.dirname(publicFile)))
    return `\`fixgate stop --all\` makes ${publicFile}, which stops hooks that name this configuration`;
  return `does not reach hooks\n  next: To stop them too, make ${publicFile} as an account that may.`;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What hooks judged of the newest incidents. */
function hookWords({ store }: Runtime): string {
  const counts = store.listIncidents(MAX_INCIDENTS).map(({ id }) => countHostTools(store.timeline(id)));
  const judged = counts.reduce((sum, count) => sum + count.judged, 0);
  const denied = counts.reduce((sum, count) => sum + count.denied, 0);
  if (judged > 0)
    return `${judged} judged by hooks, ${denied} refused (for incidents; calls without one are not recorded)`;
  return "none was judged by a hook\n  next: Let `fixgate hook` judge the host's own editor and shell, if it has them: see docs/hooks.md.";
}
