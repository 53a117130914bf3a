import { createTestRepository } from './deploy-git.ts';
import { describeDeploySource } from './deploy-source.ts';

describeDeploySource('git tags', async (deploys) => {
  const repository = await createTestRepository();
  const shas: string[] = [];
  for (const { at, ref, author, subject, files } of deploys) {
    shas.push(await repository.commit(at, subject, files, author));
    await repository.git(at, 'tag', ref);
  }
  return { source: repository.source(), shas, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
});
