import type { KnownVariables, Maybe } from '#policy/gitlab-condition.ts';
import { evaluateCondition, matchesPattern } from '#policy/gitlab-condition.ts';
import { parseYaml } from '#policy/yaml.ts';

/** The branch that is pushed, and the one it is to be merged into. */
export interface PushedBranch {
  readonly branch: string;
  readonly baseBranch: string;
}

/** Words of a job or its stage by which something is delivered. */
const DELIVERS = /deploy|release|publish/i;
/** Keys at the top that are no jobs. */
const GLOBAL = new Set(
  'default include stages variables workflow image services before_script after_script cache spec'.split(' '),
);
/** Actions of an environment that deliver nothing. */
const WITHOUT_DEPLOYMENT = new Set(['stop', 'prepare', 'verify', 'access']);
/** Lists of rules in lists of rules. */
const MAX_DEPTH = 10;
/** Jobs that are told. */
const MAX_NAMED = 5;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a push of a branch would put at risk by starting jobs of a `.gitlab-ci.yml` by themselves: deployments, releases, other pipelines
 * and secrets of a vault. What cannot be read counts as started. Included files and the project's own variables are not seen.
 */
export function riskOfPipeline(text: string, pushed: PushedBranch): readonly string[] {
  const { value } = parseYaml(text, '1.1', [reference]);
  if (value === null) return [];
  if (!isRecord(value)) return ['text that cannot be read'];
  const variables = variablesOf(pushed);
  const workflow = fieldsOf(value['workflow'])['rules'];
  if (!mayStart(workflow, undefined, variables)) return [];
  const jobs = Object.entries(value).filter(
    ([name, job]) => !name.startsWith('.') && !GLOBAL.has(name) && isRecord(job),
  );
  const extended = extenderOf(value);
  const holds = jobs.flatMap(([name]) => {
    const job = { ...fieldsOf(value['default']), ...extended(name) };
    return startsByItself(job, pushed, variables) ? holdingsOf(name, job) : [];
  });
  return holds.slice(0, MAX_NAMED);
}

/** Words that GitLab puts elsewhere; what they stand for is not known. */
const reference = { tag: '!reference', collection: 'seq' as const };

/** Those of a pipeline for a pushed branch: of others a file does not tell whether they are set. */
function variablesOf({ branch, baseBranch }: PushedBranch): KnownVariables {
  const slug = branch
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  const known = new Map<string, string | null>([
    ['CI_COMMIT_BRANCH', branch],
    ['CI_COMMIT_REF_NAME', branch],
    ['CI_COMMIT_REF_SLUG', slug],
    ['CI_DEFAULT_BRANCH', baseBranch],
    ['CI_PIPELINE_SOURCE', 'push'],
    ['CI_COMMIT_TAG', null],
    ['CI_MERGE_REQUEST_ID', null],
    ['CI_MERGE_REQUEST_IID', null],
  ]);
  return (name) => known.get(name);
}

/** A job with the keys of what it extends, the nearest first; each is read once, however many extend it. */
function extenderOf(file: Fields): (name: string) => Fields {
  const known = new Map<string, Fields>();
  return function extended(name): Fields {
    const found = known.get(name);
    if (found) return found;
    // GitLab refuses what extends itself.
    known.set(name, {});
    const job = fieldsOf(file[name]);
    const parents = [job['extends']]
      .flat()
      .filter((each) => typeof each === 'string')
      .map(extended);
    const whole = Object.assign({}, ...parents, job) as Fields;
    known.set(name, whole);
    return whole;
  };
}

function startsByItself(job: Fields, pushed: PushedBranch, variables: KnownVariables): boolean {
  const { when, rules, only, except } = job;
  if (rules !== undefined) return mayStart(rules, when, variables);
  if (when === 'manual' || when === 'never') return false;
  return isMet(only, pushed) !== false && isMet(except, pushed) !== true;
}

/** The first rule that is met decides; each before one that surely is may be the one. */
function mayStart(rules: unknown, otherwise: unknown, variables: KnownVariables): boolean {
  for (const rule of [rules].flat(MAX_DEPTH)) {
    if (!isRecord(rule)) return true;
    const met = rule['if'] === undefined ? true : evaluateCondition(rule['if'], variables);
    const when = rule['when'] ?? otherwise;
    if (met !== false && when !== 'never' && when !== 'manual') return true;
    // Files that changed or are there are taken as such where a rule starts something, not where it stops it.
    if (met === true && rule['changes'] === undefined && rule['exists'] === undefined) return false;
  }
  return false;
}

/** `only` and `except`: names, patterns and kinds of what was pushed. What else they ask is met for `only`, and not for `except`. */
function isMet(filter: unknown, { branch }: PushedBranch): Maybe {
  const refs = isRecord(filter) ? filter['refs'] : filter;
  const met = [refs].flat().map((ref) => fits(ref, branch));
  return met.includes(true) ? true : met.includes(undefined) ? undefined : false;
}

/** Whether a branch is one that is meant by a name or by a pattern; in which project, behind an `@`, a file does not tell. */
function fits(ref: unknown, branch: string): Maybe {
  if (typeof ref !== 'string') return undefined;
  const [name = '', ...project] = ref.split('@');
  const [, pattern, flags = ''] = /^\/(.*)\/([ismU]*)$/.exec(name) ?? [];
  const fitting =
    pattern === undefined
      ? ['branches', 'push', 'pushes', branch].includes(name)
      : matchesPattern(branch, pattern, flags.includes('i'));
  return fitting && project.length > 0 ? undefined : fitting;
}

function holdingsOf(name: string, job: Fields): readonly string[] {
  const { environment, stage, release, pages = name === 'pages', trigger, secrets, id_tokens: tokens } = job;
  const told = name.slice(0, 60);
  const deploys = environment !== undefined && !WITHOUT_DEPLOYMENT.has(String(fieldsOf(environment)['action']));
  if (deploys) return [`environment of job ${told}`];
  const delivers = release !== undefined || pages !== false || DELIVERS.test(`${name} ${String(stage)}`);
  if (delivers) return [`job ${told}`];
  if (trigger !== undefined) return [`pipeline that job ${told} starts`];
  return secrets === undefined && tokens === undefined ? [] : [`secrets of job ${told}`];
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
