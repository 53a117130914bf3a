import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listedKeys } from '#approvals/approver-file.ts';
import { plainSigner } from '#approvals/plain-signature.ts';
import { isWithoutTouch } from '#approvals/signature-blob.ts';
import { signersOf } from '#approvals/signers-of.ts';
import { askKeygen } from '#approvals/ssh-keygen.ts';
import { proofBy } from '#cli/approval-proof.ts';
import { APPROVAL_NAMESPACE, approvalPayload } from '#domain/approval.ts';

import { createEngine, refusalOf } from '../support/engine-fixture.ts';
import { HARDWARE_KINDS, TOUCHED, VERIFIED, hardwareKey } from '../support/hardware-key.ts';
import { hasProgram, missing } from '../support/needs.ts';
import type { TemporaryFolder } from '../support/temporary-repository.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));
const text = 'exactly this';
const ada = 'ada@example.com';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function listed(line: string): string {
  const approvers = join(folder.path, 'approvers');
  writeFileSync(approvers, `${line}\n`);
  return approvers;
}

describe.skipIf(skip).each(HARDWARE_KINDS)(`a hardware key %s${skip ? ` (${skip})` : ''}`, (kind) => {
  const key = hardwareKey(kind);
  const judged = async (signature: string, line = `${ada} ${key.line}`) => {
    const approvers = [line];
    return {
      plain: plainSigner({ text, signature, approvers, namespace: APPROVAL_NAMESPACE }),
      keygen: await askKeygen({ text, signature, approvers }),
      ours: (await signersOf({ text, signature, approvers: listedKeys(line) }))[0],
    };
  };

  it.each([
    ['touched', TOUCHED],
    ['touched, with a PIN', TOUCHED | VERIFIED],
  ])('proves who signed when it was %s [human:proof:touch]', async (_how, flags) => {
    expect(await judged(key.sign(text, { flags }))).toEqual({ plain: undefined, keygen: ada, ours: ada });
  });

  it.each([
    ['not touched', 0],
    ['not touched, with a PIN', VERIFIED],
  ])('proves nobody when it was %s, which ssh-keygen lets pass [human:proof:touch]', async (_how, flags) => {
    const signature = key.sign(text, { flags });
    expect(isWithoutTouch(signature)).toBe(true);
    expect(await judged(signature)).toEqual({ plain: undefined, keygen: ada, ours: undefined });
  });

  it.each([
    ['flags that were changed afterwards', () => key.sign(text, { flags: 0, claimed: TOUCHED })],
    ['another text', () => key.sign('something else')],
    ['another namespace', () => key.sign(text, { namespace: 'git' })],
    ['another application', () => key.sign(text, { application: 'https://example.com' })],
    ['another key', () => hardwareKey(kind).sign(text)],
    ['a line behind the armour', () => `${key.sign(text)}more\n`],
  ])('proves nobody by a signature with %s [human:proof:touch]', async (_how, signature) => {
    expect(await judged(signature())).toMatchObject({ plain: undefined, ours: undefined });
  });

  it.each(['no-touch-required', 'verify-required'])(
    'counts nothing on a line with %s, an option that ssh-keygen does not know there [human:proof:touch]',
    async (option) => {
      const none = { plain: undefined, keygen: undefined, ours: undefined };
      for (const flags of [0, TOUCHED, TOUCHED | VERIFIED])
        expect(await judged(key.sign(text, { flags }), `${ada} ${option} ${key.line}`)).toEqual(none);
    },
  );

  it.each([
    ['admits the call once it was touched', TOUCHED, /^OK /],
    ['leaves the question open when it was not', 0, /^PENDING\[/],
  ])('%s [human:proof:touch]', async (_what, flags, answer) => {
    const approvers = listed(`${ada} ${key.line}`);
    await using engine = createEngine({
      proof: proofBy('signed', approvers),
    });
    const call = { patch: JSON.stringify({ 'package.json': '{}' }), reason: 'The scripts of the package are wrong.' };
    const asked = refusalOf(await engine.call('apply_patch', call)).evidence['approval_id'] as string;
    const approval = engine.store.getApproval(asked);
    if (!approval) throw new Error(`${asked} is not kept.`);
    const said = { verdict: 'approved' as const, reason: 'Seen.', at: 0 };
    const decision = { ...said, by: ada, signature: key.sign(approvalPayload(approval, said), { flags }) };
    const event = { type: 'approval.granted' as const, actor: 'human:test', summary: '', data: {} };
    engine.store.decideApproval(asked, decision, event);

    expect((await engine.call('apply_patch', call)).text).toMatch(answer);
  });
});
