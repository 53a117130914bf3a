import { describe, expect, it } from 'vitest';

import { evaluateCondition } from '#policy/gitlab-condition.ts';
import { riskOfPipeline } from '#policy/gitlab-pipeline.ts';

const pushed = { branch: 'hotfix/PD-1', baseBranch: 'main' };
const deploy = 'deploy:\n  script: ./deploy.sh\n  environment: production\n';
const risk = ['environment of job deploy'];

describe('a job of GitLab that deploys [gate:policy:triggers]', () => {
  it.each<[string, string]>([
    ['without conditions', deploy],
    ['under another name, with an environment', deploy.replace('deploy:', '"ship it":')],
    ['whose condition is met', `${deploy}  rules: [{ if: '$CI_COMMIT_BRANCH' }]\n`],
    ['whose condition is met by a pattern', `${deploy}  rules: [{ if: '$CI_COMMIT_BRANCH =~ /^hotfix\\//' }]\n`],
    ['whose condition is not known', `${deploy}  rules: [{ if: '$SHIP == "yes"' }]\n`],
    ['whose condition cannot be read', `${deploy}  rules: [{ if: '$CI_COMMIT_BRANCH = "main"' }]\n`],
    ['on files that changed', `${deploy}  rules: [{ changes: [src/**] }]\n`],
    ['unless files changed', `${deploy}  rules: [{ changes: [docs/**], when: never }, { when: on_success }]\n`],
    ['on all branches', `${deploy}  only: [branches]\n`],
    ['on branches that fit a pattern', `${deploy}  only: ['/^hotfix/']\n`],
    ['on all but the main branch', `${deploy}  except: [main]\n`],
    ['that waits a while', `${deploy}  when: delayed\n`],
    ['by what it extends', `.ship:\n  environment: production\ndeploy:\n  extends: .ship\n  script: x\n`],
    ['by rules that stand elsewhere', `${deploy}  rules:\n    - !reference [.rules, rules]\n`],
    ['by a merge key', `.ship: &ship\n  environment: production\ndeploy:\n  <<: *ship\n  script: x\n`],
    ['in a pipeline that starts for branches', `workflow: { rules: [{ if: $CI_COMMIT_BRANCH }] }\n${deploy}`],
  ])('%s needs a human', (_, text) => {
    expect(riskOfPipeline(text, pushed)).toEqual([expect.stringMatching(/^environment of job /)]);
  });

  it.each<[string, string]>([
    ['by hand', `${deploy}  when: manual\n`],
    ['by hand, by a rule', `${deploy}  rules: [{ if: $CI_COMMIT_BRANCH, when: manual }]\n`],
    ['on the main branch', `${deploy}  rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }]\n`],
    ['on the main branch, by name', `${deploy}  rules: [{ if: '$CI_COMMIT_REF_NAME == "main"' }]\n`],
    ['on tags', `${deploy}  rules: [{ if: $CI_COMMIT_TAG }]\n`],
    ['in merge requests', `${deploy}  rules: [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }]\n`],
    ['on the main branch by only', `${deploy}  only: [main, tags]\n`],
    ['on releases by a pattern', `${deploy}  only: { refs: ['/^release\\/.*$/'] }\n`],
    ['on no branch', `${deploy}  except: [branches]\n`],
    [
      'never on this one',
      `${deploy}  rules: [{ if: '$CI_COMMIT_BRANCH =~ /^hotfix/', when: never }, { when: always }]\n`,
    ],
    [
      'that only stops one',
      deploy.replace('production', '{ name: production, action: stop }').replace('deploy', 'end'),
    ],
    ['in a pipeline of merge requests', `workflow: { rules: [{ if: $CI_MERGE_REQUEST_IID }] }\n${deploy}`],
    ['as a template', deploy.replace('deploy:', '.deploy:')],
    ['at all: tests', 'test:\n  stage: test\n  script: npm test\n'],
    ['at all: nothing', ''],
  ])('%s needs none', (_, text) => {
    expect(riskOfPipeline(text, pushed)).toEqual([]);
  });

  it.each<[string, string, readonly string[]]>([
    ['a release', 'v1:\n  release: { tag_name: v1 }\n  script: x\n', ['job v1']],
    ['a stage', 'eu:\n  stage: deploy-eu\n  script: x\n', ['job eu']],
    ['pages', 'pages:\n  script: x\n', ['job pages']],
    ['another pipeline', 'down:\n  trigger: acme/infra\n', ['pipeline that job down starts']],
    ['a vault', 'it:\n  secrets: { KEY: { vault: a/b } }\n  script: x\n', ['secrets of job it']],
    ['text that is no pipeline', '- a\n', ['text that cannot be read']],
    ['text that is no YAML', 'a: [\n', ['text that cannot be read']],
  ])('is told by %s', (_, text, holds) => {
    expect(riskOfPipeline(text, pushed)).toEqual(holds);
  });

  it('tells a few of many', () => {
    const many = Array.from({ length: 9 }, (_, n) => deploy.replace('deploy:', `deploy${n}:`)).join('');
    expect(riskOfPipeline(many, pushed)).toHaveLength(5);
    expect(riskOfPipeline(deploy, pushed)).toEqual(risk);
  });
});

describe('a condition of GitLab', () => {
  const variables = (name: string) => ({ A: 'a', B: 'b', C: 'c/PD-1', NONE: null })[name];
  it.each<[unknown, boolean | undefined]>([
    ['$A', true],
    ['$NONE', false],
    ['$X', undefined],
    ['$A == "a"', true],
    ["$A != 'a'", false],
    ['${A} == $B', false],
    ['$NONE == null', true],
    ['$A =~ /^a$/', true],
    ['$A !~ /b/', true],
    ['$A =~ /^A/', undefined],
    ['$C =~ /^c\\//', true],
    ['$C =~ /^c\\/.*1$/', true],
    ['$C =~ /pd/', undefined],
    ['$A =~ /^A/i', true],
    ['$NONE =~ /a/', false],
    ['$A =~ /(?<x>a)\\1/', undefined],
    ['$A && $B', true],
    ['$A && $NONE', false],
    ['$X && $NONE', false],
    ['$X && $A', undefined],
    ['$X || $A', true],
    ['$NONE || $A && $NONE', false],
    ['($NONE || $A) && $B', true],
    ['($A', undefined],
    ['$A $B', undefined],
    ['$A ==', undefined],
    ['', undefined],
    [7, undefined],
    [`$A${' '.repeat(2_001)}`, undefined],
  ])('%j is %s', (text, result) => {
    expect(evaluateCondition(text, variables)).toBe(result);
  });
});
