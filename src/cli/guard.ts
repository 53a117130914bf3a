import { statSync } from 'node:fs';
import path from 'node:path';

import type { Config } from '#config/load.ts';
import type { GuardReason, GuardStrength } from '#domain/guard.ts';
import { guardReasons } from '#domain/guard.ts';
import type { ApprovalProof } from '#policy/approvals.ts';

/** Whether an agent with a shell could undo the guard, and why. */
export interface GuardStatus {
  readonly strength: GuardStrength;
  /** Empty when it is enforced. */
  readonly reasons: readonly GuardProblem[];
}

/** One reason, in words, and the next step of the operator. */
export interface GuardProblem {
  readonly reason: GuardReason;
  readonly why: string;
  readonly fix: string;
}

interface GuardFacts {
  readonly config: Config;
  readonly stateFolder: string;
  readonly proof: ApprovalProof;
  readonly transport: 'stdio' | 'http';
}

/** Write permission for group or others (see chmod(1)). */
const WRITABLE_BY_OTHERS = 0o022;

/** Judges what this process can see; it believes the operator about where agents' shells run. */
export function guardStatus({ config, stateFolder, proof, transport }: GuardFacts): GuardStatus {
  const own = [config.path, config.file.policy, config.file.approvers]
    .filter((file) => file !== undefined)
    .map((file) => path.resolve(config.folder, file));
  const reasons: readonly GuardProblem[] = [
    ...(transport === 'stdio' ? [problem('stdio')] : []),
    ...(config.file.agents === 'same_account' ? [problem('same_account')] : []),
    ...(proof.mode === 'advisory' ? [problem('approvals_advisory')] : []),
    ...[...own, stateFolder].filter(isWritableByOthers).map(writable),
  ];
  return { strength: reasons.length > 0 ? 'advisory' : 'enforced', reasons };
}

function problem(reason: GuardReason): GuardProblem {
  return { reason, ...guardReasons[reason] };
}

function writable(file: string): GuardProblem {
  return { reason: 'writable', why: `${file} can be written by other accounts`, fix: `Run \`chmod go-w ${file}\`.` };
}

function isWritableByOthers(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & WRITABLE_BY_OTHERS) !== 0;
}
