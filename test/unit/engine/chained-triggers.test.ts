import { describe, expect, it } from 'vitest';

import { findTriggers } from '#engine/services/triggers.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const incident = sampleIncident('PD-1');
const deploys = 'jobs: { eu: { environment: production } }';

type Files = Readonly<Record<string, string>>;

async function started(files: Files, options: { base?: Files; location?: string } = {}): Promise<readonly string[]> {
  const sides = { tree: files, base: options.base ?? files };
  const workspace = {
    list: async (_incident: unknown, from: 'tree' | 'base' = 'tree') => Object.keys(sides[from]),
    read: async (_incident: unknown, path: string, from: 'tree' | 'base' = 'tree') =>
      Buffer.from(sides[from][path] ?? ''),
  };
  const repository = { ...incident.repository, ...(options.location && { location: options.location }) };
  const { workflows } = await findTriggers(workspace, { ...incident, repository }, 'hotfix/PD-1');
  return workflows.map(({ path, holds }) => `${path}: ${holds.join(', ')}`);
}

const at = (name: string) => `.github/workflows/${name}.yml`;
const risk = 'environment of job eu';

describe('a workflow with a deployment', () => {
  const waits = `on: { workflow_run: { workflows: [CI] } }\n${deploys}`;
  const ci = 'name: CI\non: push\njobs: {}';

  it.each<[string, Files]>([
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

  it.each<[string, Files]>([
    ['that waits for another one than one without a name', { [at('ci')]: 'on: push\njobs: {}', [at('d')]: waits }],
    [
      'that waits for another one than one with an empty name',
      { [at('ci')]: 'name:\non: push\njobs: {}', [at('d')]: waits },
    ],
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

  it.each<[string, string]>([
    ['CI', 'ci'],
    ['CI', '" CI "'],
    ['Build  and test', 'build and Test'],
    ['Build and test', '"Build*"'],
    ['build/test', '"*"'],
    ['ci', '"!ci", CI'],
    ['CI', '"*", "!ci"'],
    ['C++', 'C++'],
    ['anything', '"+x"'],
    ['CI', '"*", "!+x"'],
    ['C++', "'C\\+\\+'"],
    ['"[foo] CI"', '"[foo] CI"'],
    ['7', '"7"'],
    ['"7"', '7'],
    ['1.10', '"1.10"'],
    ['0x10', '"0x10"'],
    ['true', '"true"'],
    ['True', '"True"'],
    ['.inf', '".inf"'],
    ['{ a: b }', 'anything'],
    ['[a]', 'anything'],
    ['', `"${at('ci')}"`],
    ['CI', '[CI]'],
    ['CI', '{ a: b }'],
    ['CI', 'other, { a: b }'],
    ['CI', Array.from({ length: 51 }, (_, n) => `other-${n}`).join(', ')],
  ])('that waits for the name %j written as %j needs a human [gate:policy:triggers]', async (name, awaited) => {
    const files = { [at('ci')]: `name: ${name}\non: push\njobs: {}`, [at('d')]: waits.replace('CI', awaited) };
    expect(await started(files)).toEqual([`${at('d')}: ${risk}`]);
  });

  it.each<[string, string]>([
    ['CI', '"*", "!CI"'],
    ['CI', 'CI, "!CI"'],
    ['CI', '"CI?x"'],
    ['7', '"70"'],
    ['C', "'C\\+\\+'"],
    ['CI', '"!other"'],
    ['Build test', 'Buildtest'],
    ['""', '"0"'],
    ['CI', 'true'],
    ['true', 'false'],
    ['CI', Array.from({ length: 49 }, (_, n) => `other-${n}`).join(', ')],
  ])('that waits for the name %j written as %j needs none [gate:policy:triggers]', async (name, awaited) => {
    const files = {
      [at('ci')]: `name: ${name}\non: push\njobs: {}`,
      [at('d')]: waits.replace('CI', `${awaited}, "!${at('ci')}"`),
    };
    expect(await started(files)).toEqual([]);
  });

  it.each([`on: workflow_run\n${deploys}`, `on: [workflow_run]\n${deploys}`, `on: { workflow_run: {} }\n${deploys}`])(
    'that waits for no name in particular (%j) needs a human [gate:policy:triggers]',
    async (text) => {
      expect(await started({ [at('ci')]: ci, [at('d')]: text })).toEqual([`${at('d')}: ${risk}`]);
      expect(await started({ [at('d')]: text })).toEqual([]);
    },
  );

  it('that the default branch has, after one of the pushed commit, needs a human [gate:policy:triggers]', async () => {
    const base = { [at('ci')]: ci.replace('push', 'schedule'), [at('d')]: waits };
    expect(await started({ [at('ci')]: ci }, { base })).toEqual([`${at('d')}: ${risk}`]);
  });

  it('waits for any that cannot be read [gate:policy:triggers]', async () => {
    expect(await started({ [at('ci')]: 'on: [push', [at('d')]: waits })).toEqual([
      `${at('ci')}: text that cannot be read`,
      `${at('d')}: ${risk}`,
    ]);
  });
});

describe('a job that is a workflow of the own repository by its full name', () => {
  const called = `on: workflow_call\n${deploys}`;
  const calls = (uses: string) => ({ [at('ci')]: `on: push\njobs: { a: { uses: ${uses} } }`, [at('d')]: called });
  const other = `${at('ci')}: a workflow of another commit`;
  const both = [other, `${at('d')}: ${risk}`];

  it.each<[string, string, readonly string[]]>([
    ['https://github.com/Acme/Shop.git', `acme/shop/${at('d')}@main`, [`${at('d')}: ${risk}`]],
    ['https://github.com/acme/shop', `acme/shop/${at('d')}@refs/heads/main`, [`${at('d')}: ${risk}`]],
    ['git@github.com:acme/shop.git', `ACME/shop/${at('d')}@v1`, both],
    ['ssh://git@host:22/group/acme/shop/', `acme/shop/${at('d')}@v1`, both],
    ['https://github.com/acme/shop', `acme/shop/${at('gone')}@v1`, [other]],
    ['https://github.com/acme/shop', `other/shop/${at('d')}@v1`, []],
    ['https://github.com/acme/shop', `acme/shop/${at('d')}`, []],
    ['/srv/shop', `whoever/whatever/${at('d')}@main`, [`${at('d')}: ${risk}`]],
    ['/srv/shop', `whoever/whatever/${at('gone')}@main`, []],
    ['/srv/shop', `whoever/whatever/${at('d')}@v1`, [`${at('d')}: ${risk}`]],
    ['file:///srv/acme/shop', `whoever/whatever/${at('d')}@main`, [`${at('d')}: ${risk}`]],
    ['C:/acme/shop', `whoever/whatever/${at('d')}@main`, [`${at('d')}: ${risk}`]],
    ['https://github.com/acme/shop', `acme/shop/${at('d')}@${incident.repository.baseCommit}`, [`${at('d')}: ${risk}`]],
    ['git@github.com:acme/shop.git', `other/shop/${at('d')}@main`, []],
    ['https://github.com/acme/shop', `$/${at('d')}`, [`${at('d')}: ${risk}`]],
    ['https://github.com/acme/shop', `" ./${at('d')} "`, [`${at('d')}: ${risk}`]],
    ['https://github.com/acme/shop', `acme./${at('d')}`, []],
    ['https://github.com/acme/shop', `x@acme/shop/${at('d')}@main`, []],
    ['https://github.com/acme/shop', '7', []],
  ])('in %s as %s starts %j [gate:policy:triggers]', async (location, uses, expected) => {
    expect(await started(calls(uses), { location })).toEqual(expected);
  });
});
