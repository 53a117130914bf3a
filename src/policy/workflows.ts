import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';
import { parseYaml } from '#policy/yaml.ts';

/** Whether a path is a workflow of GitHub's, which reads no folders below. */
export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** Files by which another system starts pipelines on every pushed branch; what they hold is set up elsewhere. */
export function isPipeline(path: string): boolean {
  return /^(?:\.gitlab-ci\.ya?ml|Jenkinsfile|\.circleci\/config\.ya?ml|azure-pipelines\.ya?ml)$/.test(path);
}

/**
 * What a push of a new branch would put at risk by starting a workflow: empty when the workflow would not start, or has nothing to
 * lose. Filters by changed paths are taken as met; what cannot be read counts as started.
 */
export function riskOfPush(text: string, branch: string): readonly string[] {
  const { value } = parseYaml(text, '1.2');
  if (!isRecord(value)) return ['text that cannot be read'];
  if (!startsOnPush(value['on'], branch)) return [];
  return holdings(text, value['jobs']);
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
