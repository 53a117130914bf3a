import { describe, expect, it } from 'vitest';

import { findTriggers } from '#engine/services/triggers.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const incident = sampleIncident('PD-1');
const deploys = 'jobs: { eu: { environment: production } }';

async function started(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const workspace = {
    list: async () => Object.keys(files),
    read: async (_incident: unknown, path: string) => Buffer.from(files[path] ?? ''),
  };
  const { workflows } = await findTriggers(workspace, incident, 'hotfix/PD-1');
  return workflows.map(({ path, holds }) => `${path}: ${holds.join(', ')}`);
}

const at = (name: string) => `.github/workflows/${name}.yml`;
const risk = 'environment of job eu';

describe('a workflow with a deployment', () => {
  const waits = `on: { workflow_run: { workflows: [CI] } }\n${deploys}`;
  const ci = 'name: CI\non: push\njobs: {}';

  it.each<[string, Readonly<Record<string, string>>]>([
    ['that waits for one that a push starts', { [at('ci')]: ci, [at('d')]: waits }],
    [
      'that waits for one without a name',
      { [at('ci')]: 'on: push\njobs: {}', [at('d')]: waits.replace('CI', at('ci')) },
    ],
    [
      'that waits for one that waits itself',
      {
        [at('ci')]: ci,
        [at('b')]: 'name: B\non: { workflow_run: { workflows: CI } }\njobs: {}',
        [at('d')]: waits.replace('CI', 'B'),
      },
    ],
    [
      'that is called by one that a push starts',
      { [at('ci')]: `on: push\njobs: { a: { uses: ./${at('d')} } }`, [at('d')]: `on: workflow_call\n${deploys}` },
    ],
    [
      'that runs after this branch alone',
      { [at('ci')]: ci, [at('d')]: waits.replace('[CI]', '[CI], branches: [main, "hotfix/**"]') },
    ],
  ])('%s needs a human [gate:policy:triggers]', async (_, files) => {
    expect(await started(files)).toEqual([`${at('d')}: ${risk}`]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['that waits for another one', { [at('ci')]: ci, [at('d')]: waits.replace('CI', 'Nightly') }],
    ['that waits for one that no push starts', { [at('ci')]: ci.replace('push', 'schedule'), [at('d')]: waits }],
    ['that runs after other branches', { [at('ci')]: ci, [at('d')]: waits.replace('[CI]', '[CI], branches: [main]') }],
    ['that nobody calls', { [at('ci')]: ci, [at('d')]: `on: workflow_call\n${deploys}` }],
    ['of another repository', { [at('ci')]: 'on: push\njobs: { a: { uses: acme/x/.github/workflows/d.yml@v1 } }' }],
  ])('%s needs none [gate:policy:triggers]', async (_, files) => {
    expect(await started(files)).toEqual([]);
  });

  it.each(['.gitea', '.forgejo'])('of %s is one as well [gate:policy:triggers]', async (folder) => {
    const path = `${folder}/workflows/d.yaml`;
    expect(await started({ [path]: `on: push\n${deploys}` })).toEqual([`${path}: ${risk}`]);
  });
});
