import { statSync } from 'node:fs';
import path from 'node:path';

import type { Config } from '#config/load.ts';
import type { ApprovalProof } from '#policy/approvals.ts';

/** Whether an agent with a shell could undo the guard, and why. */
export interface GuardStatus {
  readonly strength: 'enforced' | 'advisory';
  /** In words, for doctor, report and pull request. */
  readonly reasons: readonly string[];
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
  const reasons = [
    ...(transport === 'stdio' ? ['over stdio the agent starts this server under its own account'] : []),
    ...(config.file.agents === 'same_account'
      ? ['the configuration does not say that agents run under another account (agents: other_account)']
      : []),
    ...(proof.mode === 'advisory' ? ['the policy believes approvals without proof (approvals: advisory)'] : []),
    ...[...own, stateFolder].filter(isWritableByOthers).map((file) => `${file} can be written by other accounts`),
  ];
  if (reasons.length > 0) return { strength: 'advisory', reasons };
  return {
    strength: 'enforced',
    reasons: ['agents run under another account, which can write neither policy nor records'],
  };
}

function isWritableByOthers(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & WRITABLE_BY_OTHERS) !== 0;
}
