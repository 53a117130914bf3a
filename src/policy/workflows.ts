import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';
import { parseYaml } from '#policy/yaml.ts';

/** What a push of a new branch means for a workflow. */
export interface WorkflowPush {
  /** As others call it; undefined where it has no name but its path. */
  readonly name: string | undefined;
  readonly starts: boolean;
  /** Names of workflows after whose run on this branch it starts as well. */
  readonly after: readonly string[];
  /** Paths of workflows of the same commit that its jobs are. */
  readonly calls: readonly string[];
  /** What it has to lose once it runs. */
  readonly holds: readonly string[];
}

/** Whether a path is a workflow of GitHub's or of a host that reads the same form; none of them reads folders below. */
export function isWorkflow(path: string): boolean {
  return /^\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/.test(path);
}

const PIPELINE =
  /^(?:\.gitlab-ci\.ya?ml|Jenkinsfile|\.circleci\/config\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|\.buildkite\/pipeline\.ya?ml|\.semaphore\/semaphore\.ya?ml|\.(?:travis|drone|woodpecker|cirrus)\.ya?ml|\.?appveyor\.ya?ml)$/;

/** Files by which another system starts pipelines on every pushed branch; what they hold is set up elsewhere. */
export function isPipeline(path: string): boolean {
  return PIPELINE.test(path);
}

/**
 * What a push of a new branch would put at risk by starting a workflow: empty when the workflow would not start, or has nothing to
 * lose. Filters by changed paths are taken as met; what cannot be read counts as started.
 */
export function riskOfPush(text: string, branch: string): readonly string[] {
  const { starts, holds } = readPush(text, branch);
  return starts ? holds : [];
}

/** Reads what a push of a branch means for a workflow. */
export function readPush(text: string, branch: string): WorkflowPush {
  const { value } = parseYaml(text, '1.2');
  if (!isRecord(value))
    return { name: undefined, starts: true, after: [], calls: [], holds: ['text that cannot be read'] };
  const { name, on, jobs } = value;
  return {
    name: typeof name === 'string' ? name : undefined,
    starts: startsOnPush(on, branch),
    after: startsAfter(on, branch),
    calls: callsOf(jobs),
    holds: holdings(text, jobs),
  };
}

function startsAfter(on: unknown, branch: string): readonly string[] {
  const filter = isRecord(on) ? on['workflow_run'] : undefined;
  return isRecord(filter) && matchesFilter(filter, branch) ? (patternsOf(filter['workflows']) ?? []) : [];
}

function callsOf(jobs: unknown): readonly string[] {
  const uses = isRecord(jobs) ? Object.values(jobs).map((job) => (isRecord(job) ? job['uses'] : undefined)) : [];
  return uses.flatMap((each) => (typeof each === 'string' && each.startsWith('./') ? [each.slice(2)] : []));
}

function startsOnPush(on: unknown, branch: string): boolean {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isRecord(on) ? Object.keys(on) : undefined;
  if (names === undefined || names.includes('create')) return true;
  if (!names.includes('push')) return false;
  const filter = isRecord(on) ? on['push'] : undefined;
  return !isRecord(filter) || matchesFilter(filter, branch);
}

function matchesFilter(filter: Readonly<Record<string, unknown>>, branch: string): boolean {
  const only = patternsOf(filter['branches']);
  const ignored = patternsOf(filter['branches-ignore']);
  if (only) return lastMatch(only, branch);
  if (ignored) return !ignored.some((pattern) => matchesGlob(pattern, branch, false));
  // With filters of tags alone, no push of a branch starts it.
  return filter['tags'] === undefined && filter['tags-ignore'] === undefined;
}

/** Later patterns win over earlier ones; `!` takes out again. */
function lastMatch(patterns: readonly string[], branch: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith('!');
    if (matchesGlob(isNegated ? pattern.slice(1) : pattern, branch, !isNegated)) matched = !isNegated;
  }
  return matched;
}

function patternsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** GitHub's filter patterns: `*` stays before a slash, `**` does not, `?` and `+` repeat the character before them. */
function matchesGlob(pattern: string, branch: string, unreadable: boolean): boolean {
  const regex = pattern.replaceAll(/\*\*|\*|\[[^\]]*\]|[?+]|\\.|[^\w]/g, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?' || token === '+' || token.length > 1) return token;
    return `\\${token}`;
  });
  try {
    return compileRegex(`^(?:${regex})$`)(branch);
  } catch (error) {
    if (!(error instanceof RegexProblem)) throw error;
    return unreadable;
  }
}

function holdings(text: string, jobs: unknown): readonly string[] {
  const entries = isRecord(jobs) ? Object.entries(jobs) : [];
  const named = entries.flatMap(([id, job]) => {
    const name = isRecord(job) ? job['name'] : undefined;
    const deploys = /deploy|release|publish/i.test(`${id} ${JSON.stringify(name)}`);
    return [
      ...(deploys ? [`job ${id.slice(0, 60)}`] : []),
      ...(isRecord(job) && job['environment'] !== undefined ? [`environment of job ${id.slice(0, 60)}`] : []),
    ];
  });
  return [
    ...(/\bsecrets\b/.test(text) ? ['secrets'] : []),
    ...(/\bid-token["']?\s*:\s*["']?write\b|\bwrite-all\b/.test(text) ? ['an identity for deployments'] : []),
    ...named.slice(0, 5),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
