/** Scopes of a job's token by which it only reports about code: it changes, deploys and publishes nothing. */
const REPORTING = new Set(['checks', 'statuses', 'pull-requests', 'issues', 'discussions', 'security-events']);

/** Names of contexts have no case. */
const SECRETS = /\bsecrets\b/i;

/** Names of jobs or permissions that one workflow is told with. */
const MAX_NAMED = 5;

/** What a workflow has to lose once it runs, in words; `text` is all that is written in it. */
export function holdingsOf(text: string, workflow: Readonly<Record<string, unknown>>): readonly string[] {
  const jobs = isRecord(workflow['jobs']) ? Object.entries(workflow['jobs']) : [];
  const granted = [workflow, ...jobs.map(([, job]) => job)].flatMap((each) =>
    isRecord(each) ? writesOf(each['permissions']) : [],
  );
  return [
    ...(SECRETS.test(text) ? ['secrets'] : []),
    ...[...new Set(granted)].slice(0, MAX_NAMED).map((scope) => `permission ${scope}`),
    ...jobs.flatMap(([id, job]) => jobHoldings(id.slice(0, 60), job)).slice(0, MAX_NAMED),
  ];
}

function jobHoldings(id: string, job: unknown): readonly string[] {
  const { name, environment } = isRecord(job) ? job : {};
  return [
    ...(/deploy|release|publish/i.test(`${id} ${JSON.stringify(name)}`) ? [`job ${id}`] : []),
    ...(environment === undefined ? [] : [`environment of job ${id}`]),
  ];
}

/** Scopes that may be written, whatever cannot be read included; without `permissions` the settings of the repository decide, which no file shows. */
function writesOf(permissions: unknown): readonly string[] {
  if (permissions === undefined || permissions === null) return [];
  if (isRecord(permissions))
    return Object.entries(permissions)
      .filter(([scope, level]) => !REPORTING.has(scope) && !/^(?:read|none)$/i.test(String(level)))
      .map(([scope, level]) => `${scope.slice(0, 40)}: ${String(level).slice(0, 20)}`);
  return permissions === 'read-all' ? [] : [JSON.stringify(permissions).slice(0, 40)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
