import { describe, expect, it } from 'vitest';

import { isPipeline, isWorkflow, riskOfPush } from '#policy/workflows.ts';

const jobs = 'jobs: { build: { steps: [{ run: make, env: { T: "${{ secrets.T }}" } }] } }';
const starts = (on: string) => riskOfPush(`${on}\n${jobs}`, 'hotfix/PD-1').length > 0;

describe('a push of hotfix/PD-1', () => {
  it.each([
    'on: push',
    'on: [push, pull_request]',
    'on: { push: }',
    'on: { push: {} }',
    'on: create',
    'on: { push: { branches: ["**"] } }',
    'on: { push: { branches: ["hotfix/*"] } }',
    'on: { push: { branches: hotfix/** } }',
    'on: { push: { branches: ["hotfix/PD-[0-9]+"] } }',
    'on: { push: { branches: [main, "*/*"] } }',
    'on: { push: { branches: ["!hotfix/**", "hotfix/PD-1"] } }',
    'on: { push: { branches-ignore: [main] } }',
    'on: { push: { branches: ["+hotfix"] } }',
    'on: { push: { paths: [docs/**] } }',
    'on: { push: { branches: ["h?otfix/**"] } }',
    'on: { push: { branches: } }',
    'on: { push: { branches-ignore: ["+hotfix"] } }',
    'name: no events at all',
    'on: &a [push]\nb: *unknown',
    '- a list',
  ])('starts %j [gate:policy:triggers]', (on) => {
    expect(starts(on)).toBe(true);
  });

  it.each([
    'on: pull_request',
    'on: [workflow_dispatch, schedule]',
    'on: { push: { branches: [main] } }',
    'on: { push: { branches: ["*"] } }',
    'on: { push: { branches: ["release/**", main] } }',
    'on: { push: { branches: ["**", "!hotfix/**"] } }',
    'on: { push: { branches-ignore: ["hotfix/**"] } }',
    'on: { push: { branches-ignore: [main, "hotfix/**"] } }',
    'on: { push: { tags: ["v*"] } }',
    'on: { push: { tags-ignore: ["v*"] } }',
    'on: { push: { branches: ["hotfix.PD-1"] } }',
  ])('does not start %j [gate:policy:triggers]', (on) => {
    expect(starts(on)).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['jobs: { test: { steps: [{ run: npm test }] } }', []],
    ['jobs: { test: { secrets: inherit } }', ['secrets']],
    ['jobs: { test: { environment: production } }', ['environment of job test']],
    ['jobs: { deploy-eu: {} }', ['job deploy-eu']],
    ['jobs: { x: { name: Publish the image } }', ['job x']],
    ['permissions: { id-token: write }\njobs: {}', ['an identity for deployments']],
    ['permissions: { "id-token" : \'write\' }\njobs: {}', ['an identity for deployments']],
    ['permissions: { id-token: none }\njobs: {}', []],
    ['jobs: { x: { name: 7 } }', []],
    [
      `jobs: { release-${'x'.repeat(100)}: { environment: e } }`,
      [`job release-${'x'.repeat(52)}`, `environment of job release-${'x'.repeat(52)}`],
    ],
    [
      'jobs: { deploy1: {}, deploy2: {}, deploy3: {}, deploy4: {}, deploy5: {}, deploy6: {} }',
      ['job deploy1', 'job deploy2', 'job deploy3', 'job deploy4', 'job deploy5'],
    ],
    ['permissions: write-all', ['an identity for deployments']],
  ])('of a workflow with %j puts %j at risk', (rest, holds) => {
    expect(riskOfPush(`on: push\n${rest}`, 'hotfix/PD-1')).toEqual(holds);
  });

  it('counts a file that cannot be read as one that starts', () => {
    expect(riskOfPush('on: [push', 'hotfix/PD-1')).toEqual(['text that cannot be read']);
    expect(riskOfPush(`on: pull_request\n# ${'x'.repeat(70_000)}`, 'hotfix/PD-1')).toEqual([
      'text that cannot be read',
    ]);
  });
});

it.each([
  ['.github/workflows/a.yml', true, false],
  ['.github/workflows/build-and-test.yaml', true, false],
  ['.github/workflows/a.yml.md', false, false],
  ['.github/workflows/old/a.yml', false, false],
  ['docs/.github/workflows/a.yml', false, false],
  ['.gitlab-ci.yml', false, true],
  ['.gitlab-ci.yaml', false, true],
  ['.gitlab-ci.yml.old', false, false],
  ['.circleci/config.yml', false, true],
  ['azure-pipelines.yml', false, true],
  ['Jenkinsfile', false, true],
  ['.travis.yml', false, true],
  ['.drone.yml', false, true],
  ['bitbucket-pipelines.yml', false, true],
  ['.buildkite/pipeline.yaml', false, true],
  ['appveyor.yml', false, true],
  ['docs/.travis.yml', false, false],
  ['Jenkinsfile.md', false, false],
  ['src/Jenkinsfile', false, false],
])('%s: a workflow %s, a pipeline %s', (path, workflow, pipeline) => {
  expect([isWorkflow(path), isPipeline(path)]).toEqual([workflow, pipeline]);
});
