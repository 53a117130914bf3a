import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { signWithKey } from '#approvals/ssh-keygen.ts';
import { proofBy } from '#cli/approval-proof.ts';
import type { Approval } from '#domain/approval.ts';
import { APPROVAL_NAMESPACE, approvalPayload } from '#domain/approval.ts';

import { createEngine, refusalOf } from '../support/engine-fixture.ts';
import { hasProgram, missing } from '../support/needs.ts';

const reason = 'The scripts of the package are wrong.';
const patchArguments = (files: Record<string, string>) => ({ patch: JSON.stringify(files), reason });

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));

describe.skipIf(skip)(`approvals proved by SSH signatures${skip ? ` (${skip})` : ''}`, () => {
  let folder: string;
  let approvers: string;
  const key = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fixgate-approvers-'));
    approvers = join(folder, 'approvers');
    for (const name of ['ada', 'mallory'])
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)]);
    writeFileSync(approvers, `ada@example.com ${readFileSync(`${key('ada')}.pub`, 'utf8')}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const proof = () => proofBy('signed', approvers);

  async function asked() {
    const engine = createEngine({ proof: proof() });
    const args = patchArguments({ 'package.json': '{}' });
    const first = await engine.call('apply_patch', args);
    const id = refusalOf(first).evidence['approval_id'] as string;
    return { engine, args, first, approval: engine.store.getApproval(id) as Approval };
  }

  function decide(
    engine: Awaited<ReturnType<typeof asked>>['engine'],
    approval: Approval,
    decision: Approval['decision'] & object,
  ) {
    const event = { type: 'approval.granted' as const, actor: 'human:test', summary: '', data: {} };
    return engine.store.decideApproval(approval.id, decision, event);
  }

  async function signed(approval: Approval, name: string, verdict: 'approved' | 'rejected' = 'approved') {
    const said = { verdict, reason: 'Seen and understood.', at: 0 };
    return {
      ...said,
      by: `${name}@example.com`,
      signature: await signWithKey(approvalPayload(approval, said), key(name)),
    };
  }

  it('asks once, then admits exactly the signed action, once', async () => {
    const { engine, args, first, approval } = await asked();
    const again = await engine.call('apply_patch', args);

    expect(first.text).toMatch(new RegExp(`^PENDING\\[${approval.id}\\] `));
    expect(refusalOf(again).evidence['approval_id']).toBe(approval.id);
    expect(decide(engine, approval, await signed(approval, 'ada'))).toBe(true);
    expect((await engine.call('apply_patch', args)).text).toMatch(/^OK /);
    expect(engine.store.getApproval(approval.id)?.consumedAt).toBeDefined();
  });

  it('asks anew for a changed patch', async () => {
    const { engine, approval } = await asked();
    decide(engine, approval, await signed(approval, 'ada'));

    const changed = await engine.call('apply_patch', patchArguments({ 'package.json': '{"name":"other"}' }));

    expect(changed.text).toMatch(/^PENDING\[/);
    expect(refusalOf(changed).evidence['approval_id']).not.toBe(approval.id);
  });

  it.each([
    [
      'a decision without a signature',
      async () => ({ verdict: 'approved' as const, reason: 'Trust me.', at: 0, by: 'ada@example.com' }),
    ],
    ['a signature by a key that is not listed', (approval: Approval) => signed(approval, 'mallory')],
    [
      'a listed key under another name',
      async (approval: Approval) => ({ ...(await signed(approval, 'ada')), by: 'root@example.com' }),
    ],
    [
      'a signature over another reason',
      async (approval: Approval) => ({ ...(await signed(approval, 'ada')), reason: 'Changed later.' }),
    ],
    [
      'a signed rejection turned into an approval',
      async (approval: Approval) => ({ ...(await signed(approval, 'ada', 'rejected')), verdict: 'approved' as const }),
    ],
  ])('does not believe %s, even when it stands in the database', async (_name, forge) => {
    const { engine, args, approval } = await asked();
    decide(engine, approval, await forge(approval));

    expect((await engine.call('apply_patch', args)).text).toMatch(/^PENDING\[/);
  });

  it('does not believe a signature made for another purpose', async () => {
    const { engine, args, approval } = await asked();
    const said = { verdict: 'approved' as const, reason: 'Seen.', at: 0 };
    const other = `${APPROVAL_NAMESPACE}-other`;
    const { stdout } = await execa('ssh-keygen', ['-Y', 'sign', '-n', other, '-f', key('ada')], {
      input: approvalPayload(approval, said),
    });
    decide(engine, approval, { ...said, by: 'ada@example.com', signature: `${stdout}\n` });

    expect((await engine.call('apply_patch', args)).text).toMatch(/^PENDING\[/);
  });

  it('refuses for good what a human rejected, with the reason', async () => {
    const { engine, args, approval } = await asked();
    decide(engine, approval, await signed(approval, 'ada', 'rejected'));

    const answer = await engine.call('apply_patch', args);

    expect(answer.text).toMatch(/^DENIED\[approvals\/rejected/);
    expect(answer.text).toContain('Seen and understood.');
  });

  it('forgets an approval that was not used in time', async () => {
    const { engine, args, approval } = await asked();
    decide(engine, approval, await signed(approval, 'ada'));
    engine.clock.advance(61 * 60_000);

    const answer = await engine.call('apply_patch', args);

    expect(answer.text).toMatch(/^(PENDING|DENIED)\[/);
    expect(engine.store.getApproval(approval.id)?.consumedAt).toBeUndefined();
  });

  it('takes no approval where the text names a protected file', async () => {
    const { engine } = await asked();
    const answer = await engine.call('apply_patch', patchArguments({ 'package.json': '{}', '.env': 'X=1' }));

    expect(answer.text).toMatch(/^DENIED\[/);
  });
});
