import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';

import { isWithoutTouch } from '#approvals/signature-blob.ts';
import { limitedNamespaces } from '#cli/approver-lines.ts';
import type { Runtime } from '#cli/runtime.ts';
import type { Approval, ApprovalDecision } from '#domain/approval.ts';
import { APPROVAL_NAMESPACE, approvalPayload } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';

/** How a human says something, and with which key. */
export interface DecideOptions {
  readonly reason: string;
  readonly key?: string;
  readonly config?: string;
}

/** Names that ssh-keygen(1) gives its keys, hardware keys first. */
const DEFAULT_KEYS = ['id_ed25519_sk', 'id_ecdsa_sk', 'id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Signs the decision and checks the signature as the server will. */
export async function prove(
  runtime: Runtime,
  approval: Approval,
  { verdict, options }: { readonly verdict: ApprovalDecision['verdict']; readonly options: DecideOptions },
): Promise<ApprovalDecision> {
  const unsigned = { verdict, reason: options.reason.slice(0, 1_000), at: runtime.clock.now() };
  const { proof, approvals } = runtime;
  if (proof.mode === 'advisory') return { ...unsigned, by: humanAccount() };
  if (proof.mode === 'none') throw nobodyCanApprove(proof);
  const { signWithKey } = await import('#approvals/ssh-keygen.ts');
  const payload = approvalPayload(approval, unsigned);
  const key = keyOf(options);
  const signature = await signWithKey(payload, key);
  const [by] = await approvals.signersOf(approval, { ...unsigned, by: '', signature });
  if (by !== undefined) return { ...unsigned, by, signature };
  if (isWithoutTouch(signature)) throw untouched(key);
  const isListed = (await proof.signersOf(payload, signature)).length > 0;
  throw isListed ? listedSince(key, approval.incidentId) : unlisted(key, signature, runtime);
}

/** Whoever has no key to sign with leaves no question behind. */
export function requireKey({ proof }: Runtime, options: Pick<DecideOptions, 'key'>): void {
  if (proof.mode === 'signed') keyOf(options);
}

function keyOf({ key: named }: Pick<DecideOptions, 'key'>): string {
  const key = named ?? DEFAULT_KEYS.map((name) => path.join(homedir(), '.ssh', name)).find((file) => existsSync(file));
  if (key !== undefined && existsSync(key)) return key;
  throw new FixgateError(
    'invalid_input',
    key === undefined ? 'No key was named and none is in ~/.ssh.' : `There is no key ${key}.`,
    { fix: 'Name a key of the approvers file with --key.' },
  );
}

function listedSince(key: string, id: string): FixgateError {
  return new FixgateError(
    'provider_rejected',
    `The key ${key} was not among the approvers when ${id} began, or when one of them resumed it last, so its word counts there only once one of those has resumed ${id}. Nothing was changed.`,
    {
      fix: `Let one of those, who must be listed still, run \`fixgate stop ${id}\` and \`fixgate resume ${id} --reason "…" --key FILE\`; or end ${id} with \`fixgate incident close\`, which whoever is listed may, and open another incident.`,
    },
  );
}

function unlisted(key: string, signature: string, { config }: Runtime): FixgateError {
  const { approvers } = config.file;
  const limits = approvers === undefined ? [] : limitedNamespaces(path.resolve(config.folder, approvers), signature);
  const why =
    limits.length === 0
      ? `The key ${key} is not in the approvers file.`
      : `The approvers file lists the key ${key} with ${limits.join(' and ')}, and the namespace ${APPROVAL_NAMESPACE} is needed.`;
  return new FixgateError('provider_rejected', `${why} Nothing was changed.`, {
    fix: `Sign with a key that the operator listed, or ask the operator to list this one, for the namespace ${APPROVAL_NAMESPACE} if for any.`,
  });
}

function untouched(key: string): FixgateError {
  const why = `The hardware key ${key} signed without a touch, which a program can make it do as well.`;
  return new FixgateError('provider_rejected', `${why} Nothing was changed.`, {
    fix: 'Sign with a key that was made without no-touch-required.',
  });
}

/** The account that runs the command. */
export function humanAccount(): string {
  return userInfo().username;
}

/** Where no human can be told from an agent: what to configure. */
export function nobodyCanApprove({ why }: { readonly why?: string }): FixgateError {
  const first =
    why === undefined
      ? 'Add the line `approvers: ./approvers` to fixgate.yaml, and to that file'
      : 'Write that file, with';
  return new FixgateError(
    'misconfigured',
    `Nobody can approve here: ${why ?? 'no approvers file is configured'}, so a human cannot be told from an agent. Nothing was changed.`,
    {
      fix: `${first} a line such as \`ada@example.com ssh-ed25519 AAAA…\` for each human, out of reach of agents; or write \`approvals: advisory\` in a policy of your own that extends no other, such as a copy of the shipped one, to believe whoever runs the command.`,
    },
  );
}
