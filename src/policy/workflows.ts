import type { Awaits } from '#policy/workflow-filters.ts';
import { awaitsOf, matchesBranch, scalarText } from '#policy/workflow-filters.ts';
import { holdingsOf } from '#policy/workflow-holdings.ts';
import { parseYaml } from '#policy/yaml.ts';

/** What a push of a new branch means for a workflow. */
export interface WorkflowPush {
  /** As others call it, besides its path; undefined where that cannot be told, so that any name may mean it. */
  readonly names: readonly string[] | undefined;
  readonly starts: boolean;
  /** Which workflows it waits for, where it runs after others on this branch. */
  readonly after: Awaits | undefined;
  /** Workflows that its jobs are. */
  readonly calls: readonly WorkflowCall[];
  /** What it has to lose once it runs. */
  readonly holds: readonly string[];
}

/** A workflow as a job names it. */
export interface WorkflowCall {
  readonly path: string;
  /** `owner/name@ref` of where it is; undefined for the same commit. */
  readonly at?: { readonly repository: string; readonly ref: string };
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

/** What is known of a workflow whose text was not read. */
export function unreadPush(why: string): WorkflowPush {
  return { names: undefined, starts: true, after: undefined, calls: [], holds: [why] };
}

/** Reads what a push of a branch means for a workflow. */
export function readPush(text: string, branch: string): WorkflowPush {
  const { value } = parseYaml(text, '1.2');
  const json = isRecord(value) ? toJson(value) : undefined;
  if (!isRecord(value) || json === undefined || isReadInTwoWays(text, json))
    return unreadPush('text that cannot be read');
  const events = eventsOf(value['on']);
  return {
    names: namesOf(value['name']),
    starts: startsOnPush(events, branch),
    after: startsAfter(events, branch),
    calls: callsOf(value['jobs']),
    // Also where an escape hides a word in the text.
    holds: holdingsOf(`${text}\n${json.replaceAll(/\\./g, ' ')}`, value),
  };
}

/** Readers of YAML differ in what ends a line, as of a comment, beside LF and CRLF, and in whether `<<` merges. */
function isReadInTwoWays(text: string, json: string): boolean {
  return /[\u0085\u2028\u2029]|\r(?!\n)/.test(text) || json.includes('"<<":');
}

/** Undefined for what holds itself. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function namesOf(name: unknown): readonly string[] | undefined {
  if (name === undefined || name === null) return [];
  const text = scalarText(name);
  return text === undefined ? undefined : [text];
}

type Events = ReadonlyMap<string, unknown>;

/** The filters of each event, by its name in lower case; undefined when there is anything that cannot be read. */
function eventsOf(on: unknown): Events | undefined {
  if (isRecord(on)) return new Map(Object.entries(on).map(([name, filter]) => [name.toLowerCase(), filter]));
  const names: readonly unknown[] = Array.isArray(on) ? on : [on];
  return names.every((name) => typeof name === 'string')
    ? new Map(names.map((name) => [name.toLowerCase(), undefined]))
    : undefined;
}

/**
 * Events that the push of a new branch brings with it: another system that is told of the commit sets a status, a check or a deployment
 * of it. GitHub runs these without regard to branches.
 */
const FOLLOWING = ['create', 'check_run', 'check_suite', 'status', 'deployment', 'deployment_status'];

function startsOnPush(events: Events | undefined, branch: string): boolean {
  if (!events || FOLLOWING.some((name) => events.has(name))) return true;
  if (!events.has('push')) return false;
  const filter = events.get('push');
  return !isRecord(filter) || matchesBranch(filter, branch);
}

function startsAfter(events: Events | undefined, branch: string): Awaits | undefined {
  if (!events?.has('workflow_run')) return undefined;
  const filter = events.get('workflow_run');
  if (!isRecord(filter)) return awaitsOf({});
  return matchesBranch(filter, branch) ? awaitsOf(filter) : undefined;
}

function callsOf(jobs: unknown): readonly WorkflowCall[] {
  const uses = isRecord(jobs) ? Object.values(jobs).map((job) => (isRecord(job) ? job['uses'] : undefined)) : [];
  return uses.flatMap((each) => {
    const text = typeof each === 'string' ? each.trim() : '';
    const same = /^[.$]\/(.+)$/s.exec(text)?.[1];
    if (same !== undefined) return [{ path: same }];
    const [, repository, path, ref] = /^([^/@]+\/[^/@]+)\/([^@]+)@(.+)$/s.exec(text) ?? [];
    return repository && path && ref ? [{ path, at: { repository, ref } }] : [];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
