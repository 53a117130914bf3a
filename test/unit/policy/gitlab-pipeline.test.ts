import { describe, expect, it } from 'vitest';

import { evaluateCondition } from '#policy/gitlab-condition.ts';
import { riskOfPipeline } from '#policy/gitlab-pipeline.ts';

import { cpuMs } from '../../support/cpu-time.ts';

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
    [
      'by what it extends, one by one',
      `.a: { when: manual }\n.b: { environment: x }\ndeploy:\n  extends: [.a, .b]\n  when: always\n`,
    ],
    ['that extends what stands elsewhere', `${deploy}  extends: .elsewhere\n`],
    ['that extends itself', `${deploy}  extends: [deploy, 7]\n`],
    ['whose rules cannot be read', `${deploy}  rules: x\n`],
    [
      'that is started by hand but for rules that stand elsewhere',
      `${deploy}  when: manual\n  rules: [!reference [.rules, rules]]\n`,
    ],
    ['unless files are there', `${deploy}  rules: [{ exists: [docs/**], when: never }, { when: always }]\n`],
    ['unless something is not known', `${deploy}  rules: [{ if: $SHIP, when: never }, { when: always }]\n`],
    ['on pushes', `${deploy}  only: [pushes]\n`],
    ['on a push', `${deploy}  only: push\n`],
    ['on all but a push to another project', `${deploy}  except: [push@acme/other]\n`],
    ['on this branch', `${deploy}  only: [main, hotfix/PD-1]\n`],
    ['on branches of a project', `${deploy}  only: [branches@acme/shop]\n`],
    ['on no branch of another project', `${deploy}  except: [branches@acme/other]\n`],
    ['on all but a branch of another project', `${deploy}  except: [hotfix/PD-1@acme/other]\n`],
    ['on branches by a pattern without regard to case', `${deploy}  only: ['/^HOTFIX/i']\n`],
    ['on branches by a pattern with every flag', `${deploy}  only: ['/^HOTFIX/simU']\n`],
    ['on branches by what is no text', `${deploy}  only: [7]\n`],
    ['on no branches by a pattern with capitals', `${deploy}  except: ['/^HOTFIX/']\n`],
    ['on all but a branch with slashes', `${deploy}  except: [a/^hotfix/, /^hotfix/x]\n`],
    ['on variables alone', `${deploy}  only: { variables: [$SHIP] }\n`],
    ['on all but variables', `${deploy}  except: { variables: [$SHIP] }\n`],
    ['in a pipeline whose rules cannot be read', `workflow: { rules: x }\n${deploy}`],
    ['in a pipeline without rules', `workflow: { name: x }\n${deploy}`],
    ['in a pipeline that starts for branches', `workflow: { rules: [{ if: $CI_COMMIT_BRANCH }] }\n${deploy}`],
  ])('%s needs a human', (_, text) => {
    expect(riskOfPipeline(text, pushed)).toEqual([expect.stringMatching(/^environment of job /)]);
  });

  it.each<[string, string]>([
    ['by hand', `${deploy}  when: manual\n`],
    ['by hand, by a rule', `${deploy}  rules: [{ if: $CI_COMMIT_BRANCH, when: manual }]\n`],
    ['never', `${deploy}  when: never\n`],
    ['never, by a rule without a condition', `${deploy}  rules: [{ when: never }, { when: always }]\n`],
    ['by hand, where its rules do not say when', `${deploy}  when: manual\n  rules: [{ if: $CI_COMMIT_BRANCH }]\n`],
    ['in merge requests by their number', `${deploy}  rules: [{ if: $CI_MERGE_REQUEST_ID }]\n`],
    [
      'on anything but a push',
      `${deploy}  rules: [{ if: '$CI_PIPELINE_SOURCE == "push"', when: never }, { when: always }]\n`,
    ],
    ['on other branches by their slug', `${deploy}  rules: [{ if: '$CI_COMMIT_REF_SLUG != "hotfix-pd-1"' }]\n`],
    ['on no branch by a pattern without regard to case', `${deploy}  except: ['/^HOTFIX/i']\n`],
    ['on no branch, whatever else', `${deploy}  except: { refs: [branches], variables: [$SHIP] }\n`],
    ['of pages that are switched off', 'pages:\n  pages: false\n'],
    ['at all: no job', 'deploy:\n'],
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
    ['pages under another name', 'it:\n  pages: { publish: out }\n  script: x\n', ['job it']],
    ['a token for others', 'it:\n  id_tokens: { KEY: { aud: a } }\n  script: x\n', ['secrets of job it']],
    [
      'a token for others by default',
      'default: { id_tokens: { KEY: { aud: a } } }\nit:\n  script: x\n',
      ['secrets of job it'],
    ],
    [
      'no more than the start of a long name',
      `${'x'.repeat(70)}:\n  secrets: {}\n`,
      [`secrets of job ${'x'.repeat(60)}`],
    ],
    [
      'what several extend',
      '.a: { environment: x }\none: { extends: .a }\ntwo: { extends: [.a] }\n',
      ['environment of job one', 'environment of job two'],
    ],
    ['a vault', 'it:\n  secrets: { KEY: { vault: a/b } }\n  script: x\n', ['secrets of job it']],
    ['text that is no pipeline', '- a\n', ['text that cannot be read']],
    ['text that is no YAML', 'a: [\n', ['text that cannot be read']],
  ])('is told by %s', (_, text, holds) => {
    expect(riskOfPipeline(text, pushed)).toEqual(holds);
  });

  it.each([
    ['-/A_b/c--', 'a-b-c'],
    [`${'x'.repeat(62)}-yz`, 'x'.repeat(62)],
    ['x'.repeat(70), 'x'.repeat(63)],
  ])('knows the slug of %s', (branch, slug) => {
    const text = `${deploy}  rules: [{ if: '$CI_COMMIT_REF_SLUG == "${slug}"', when: never }, { when: always }]\n`;
    expect(riskOfPipeline(text, { ...pushed, branch })).toEqual([]);
  });

  it('is read in no time where jobs extend each other many times over', () => {
    const jobs = Array.from({ length: 12 }, (_, n) => `.a${n}:\n  extends: [${`.a${n + 1}, `.repeat(20)}]\n`).join('');
    const started = cpuMs();
    expect(riskOfPipeline(`${jobs}.a12: { environment: x }\nit:\n  extends: .a0\n`, pushed)).toEqual([
      'environment of job it',
    ]);
    expect(cpuMs() - started).toBeLessThan(2_000);
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
    ['$A  ', true],
    ['$A == "a"', true],
    ['$A == /a/', undefined],
    ['/a/ == "a"', undefined],
    ['$A == $X', undefined],
    ['$X =~ /a/', undefined],
    ['$A =~ "a"', undefined],
    ['$A =~ $B', undefined],
    ['$A =~', undefined],
    ['/a/ =~ /a/', undefined],
    ['$A || $X', true],
    ['$NONE || $X', undefined],
    ['$C =~ /^c\\/x/', false],
    ['$C =~ /^c\\/[[:alpha:]]/', undefined],
    ['$C =~ /^[^p]+$/', undefined],
    ['$A =~ /^[^A]+$/', undefined],
    ['$C =~ /^[^\\/]+$/', false],
    ['$C =~ /^c{,2}\\//', undefined],
    ['$C =~ /^[^]p]+$/', undefined],
    ['$C =~ /^[^\\]p]+$/', undefined],
    ['$C =~ /^[^\\d]+$/', false],
    ['$C =~ /^[^1]*p$/', false],
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
    [`$A${' '.repeat(1_998)}`, true],
    [`$A${' '.repeat(1_999)}`, undefined],
  ])('%j is %s', (text, result) => {
    expect(evaluateCondition(text, variables)).toBe(result);
  });
});
