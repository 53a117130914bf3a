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
    'on: CREATE',
    'on: Push',
    'on: check_run',
    'on: [check_suite]',
    'on: { check_suite: { types: [completed] } }',
    'on: status',
    'on: deployment',
    'on: { deployment_status: }',
    'on: [pull_request, { push: }]',
    'on: 7',
    'on: { push: { branches: [{ a: b }] } }',
    'on: { push: { branches: [main, { a: b }] } }',
    'on: { push: { branches-ignore: [{ a: b }] } }',
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
    'on: &a [push, *a]',
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
    'on: { push: { branches-ignore: , tags: ["v*"] } }',
    'on: { push: { branches: [7, true] } }',
    'on: { push: { branches-ignore: [{ a: b }, "hotfix/**"] } }',
    'on: { push: { tags-ignore: ["v*"] } }',
    'on: { push: { branches: ["hotfix.PD-1"] } }',
  ])('does not start %j [gate:policy:triggers]', (on) => {
    expect(starts(on)).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['jobs: { test: { steps: [{ run: npm test }] } }', []],
    ['jobs: { test: { secrets: inherit } }', ['secrets']],
    ['jobs: { x: { steps: [{ run: "echo ${{ SECRETS.T }}" }] } }', ['secrets']],
    ['jobs: { x: { steps: [{ run: "echo ${{\\n\\u0073ecrets.T }}" }] } }', ['secrets']],
    ['a: # \u2028 b', ['text that cannot be read']],
    ['a: # \u0085 b', ['text that cannot be read']],
    ['a: # \r b', ['text that cannot be read']],
    ['p: &p { push: }\nq: { <<: *p }', ['text that cannot be read']],
    ['jobs: &a { b: *a }', ['text that cannot be read']],
    ['jobs: { test: { environment: production } }', ['environment of job test']],
    ['jobs: { deploy-eu: {} }', ['job deploy-eu']],
    ['jobs: { x: { name: Publish the image } }', ['job x']],
    ['permissions: { id-token: write }\njobs: {}', ['permission id-token: write']],
    ['permissions: { "id-token" : \'write\' }\njobs: {}', ['permission id-token: write']],
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
    ['permissions: write-all', ['permission "write-all"']],
    ['permissions: Write-All', ['permission "Write-All"']],
    ['permissions: [contents]', ['permission ["contents"]']],
    ['permissions: read-all', []],
    [
      'permissions: { contents: read-write, packages: not-read }',
      ['permission contents: read-write', 'permission packages: not-read'],
    ],
    [`permissions: { ${'s'.repeat(50)}: ${'w'.repeat(30)} }`, [`permission ${'s'.repeat(40)}: ${'w'.repeat(20)}`]],
    [`permissions: ${'w'.repeat(50)}`, [`permission "${'w'.repeat(39)}`]],
    ['jobs: { x: , y: 7, z: [permissions] }', []],
    ['jobs: [deploy]', []],
    ['permissions:', []],
    ['permissions: { contents: write }', ['permission contents: write']],
    ['jobs: { x: { permissions: { contents: WRITE } } }', ['permission contents: WRITE']],
    ['jobs: { x: { permissions: { deployments: write } } }', ['permission deployments: write']],
    ['jobs: { x: { permissions: { packages: write } } }', ['permission packages: write']],
    ['jobs: { x: { permissions: { contents: "write " } } }', ['permission contents: write ']],
    ['jobs: { x: { permissions: { something-new: write } } }', ['permission something-new: write']],
    [
      'permissions: { contents: write }\njobs: { x: { permissions: { contents: write } } }',
      ['permission contents: write'],
    ],
    ['jobs: { x: { permissions: { contents: read, packages: none, checks: write, pull-requests: write } } }', []],
    [
      'permissions: { a: write, b: write, c: write, d: write, e: write, f: write }',
      ['a', 'b', 'c', 'd', 'e'].map((scope) => `permission ${scope}: write`),
    ],
    ['jobs: { x: { steps: [{ run: "echo ${{ \\x73ecrets.T }}" }] } }', ['secrets']],
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
