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
/** Steps from a job to what it extends. */
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
  const workflow = isRecord(value['workflow']) ? value['workflow']['rules'] : undefined;
  if (workflow !== undefined && !mayStart(rulesOf(workflow), 'always', variables)) return [];
  const jobs = Object.entries(value).filter(
    ([name, job]) => !name.startsWith('.') && !GLOBAL.has(name) && isRecord(job),
  );
  const holds = jobs.flatMap(([name]) => {
    const job = extended(value, name, MAX_DEPTH);
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

/** A job with the keys of what it extends, the nearest first. */
function extended(file: Fields, name: string, depth: number): Fields {
  const job = file[name];
  if (!isRecord(job)) return {};
  const parents = depth === 0 ? [] : [job['extends'] ?? []].flat().filter((each) => typeof each === 'string');
  return Object.assign({}, ...parents.map((each) => extended(file, each, depth - 1)), job) as Fields;
}

function startsByItself(job: Fields, pushed: PushedBranch, variables: KnownVariables): boolean {
  const when = job['when'];
  if (job['rules'] !== undefined) return mayStart(rulesOf(job['rules']), when ?? 'on_success', variables);
  if (when === 'manual' || when === 'never') return false;
  const { only, except } = job;
  return (
    (only === undefined || isMet(only, pushed) !== false) && (except === undefined || isMet(except, pushed) !== true)
  );
}

function rulesOf(rules: unknown): readonly unknown[] {
  return Array.isArray(rules) ? rules.flat(MAX_DEPTH) : [rules];
}

/** The first rule that is met decides; each before one that surely is may be the one. */
function mayStart(rules: readonly unknown[], otherwise: unknown, variables: KnownVariables): boolean {
  for (const rule of rules) {
    if (!isRecord(rule)) return true;
    const met = rule['if'] === undefined ? true : evaluateCondition(rule['if'], variables);
    const when = rule['when'] ?? otherwise;
    if (met !== false && when !== 'never' && when !== 'manual') return true;
    // Files that changed or are there are taken as such where a rule starts something, not where it stops it.
    if (met === true && rule['changes'] === undefined && rule['exists'] === undefined) return false;
  }
  return false;
}

/** `only` and `except`: names, patterns and kinds of what was pushed. */
function isMet(filter: unknown, { branch }: PushedBranch): Maybe {
  const refs = isRecord(filter) ? filter['refs'] : filter;
  const hasMore = isRecord(filter) && Object.keys(filter).some((key) => key !== 'refs');
  if (refs === undefined) return undefined;
  const met = [refs].flat().map((ref) => {
    if (typeof ref !== 'string') return undefined;
    const name = ref.replace(/@.*$/, '');
    if (name === 'branches' || name === 'pushes' || name === branch) return true;
    const pattern = /^\/(.*)\/(i?)$/s.exec(name);
    return pattern ? matchesPattern(branch, pattern[1] ?? '', pattern[2] === 'i') : false;
  });
  const any = met.includes(true) ? true : met.includes(undefined) ? undefined : false;
  return any === true && hasMore ? undefined : any;
}

function holdingsOf(name: string, job: Fields): readonly string[] {
  const { environment, stage, release, trigger, secrets } = job;
  const told = name.slice(0, 60);
  const action = isRecord(environment) ? environment['action'] : undefined;
  const deploys = environment !== undefined && !WITHOUT_DEPLOYMENT.has(String(action));
  if (deploys) return [`environment of job ${told}`];
  if (release !== undefined || name === 'pages' || DELIVERS.test(`${name} ${String(stage)}`)) return [`job ${told}`];
  if (trigger !== undefined) return [`pipeline that job ${told} starts`];
  return secrets === undefined ? [] : [`secrets of job ${told}`];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
