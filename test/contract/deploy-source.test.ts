import { createHash } from 'node:crypto';

import { deployVendors } from '../support/deploy-vendors.ts';
import { createTestRepository } from './deploy-git.ts';
import type { MakeDeploySource } from './deploy-source.ts';
import { describeDeployComparison, describeDeploySource } from './deploy-source.ts';

const inGit: MakeDeploySource = async (deploys) => {
  const repository = await createTestRepository();
  const shas: string[] = [];
  for (const { at, ref, author, subject, files } of deploys) {
    shas.push(await repository.commit(at, subject, files, author));
    await repository.git(at, 'tag', ref);
  }
  return { source: repository.source(), shas, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
};

describeDeploySource('git tags', { refs: true, subjects: true }, inGit);
describeDeployComparison('git tags', inGit);

const traits = {
  GitHub: { refs: true, subjects: true },
  GitLab: { refs: true, subjects: true },
  'Argo CD': { refs: false, subjects: false },
  Jenkins: { refs: false, subjects: true },
  'Datadog DORA': { refs: true, subjects: false },
  'Datadog events': { refs: true, subjects: true },
};

for (const vendor of Object.keys(traits) as (keyof typeof traits)[]) {
  describeDeploySource(`${vendor} [deploys:sources:vendors]`, traits[vendor], async (deploys) => {
    const shas = deploys.map(({ ref }) => createHash('sha1').update(ref).digest('hex'));
    const world = await deployVendors[vendor](deploys.map((deploy, index) => ({ ...deploy, sha: shas[index] ?? '' })));
    return { source: world.source, shas, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  });
}
