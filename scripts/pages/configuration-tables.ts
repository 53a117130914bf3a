import { ConfigFile } from '#config/schema.ts';
import { providers } from '#providers/index.ts';

import type { Meanings } from './settings-table.ts';
import { settingsTable } from './settings-table.ts';

const fileMeanings: Meanings = {
  version: 'Version of this format.',
  policy: 'A policy file, or an `.architect.yaml`; the shipped `policies/default.yaml` when absent.',
  repository:
    'Path or URL of the repository of incidents that agents open; the one around the working directory when absent.',
  'incidents.open_by_agents': 'Where an unknown incident id is opened by its first read.',
  approvers:
    'File of allowed signers, as in ssh-keygen(1): whose signatures count as approvals. The agent must not be able to write it.',
  agents: "Whether agents' shells run under the account of this server.",
  services: 'What a service is made of. The name is what an incident and a tool call say as `service`.',
  'services.NAME.repository': 'Path or URL of its repository.',
  'services.NAME.logs.source': 'Entry of `sources` for its logs.',
  'services.NAME.logs.query': 'Filter that is used when a call gives none.',
  'services.NAME.metrics.source': 'Entry of `sources` for its metrics.',
  'services.NAME.metrics.query': 'Query that is used when a call gives none.',
  'services.NAME.deploys.source': 'Entry of `sources` for its deploys.',
  'services.NAME.environments': 'Environments it runs in.',
  sources: 'Configured providers by name. `provider` chooses one; the other keys are its settings, below.',
  'sources.NAME.provider': 'Which provider.',
  suites: 'Test suites by name, in order. Without any, the suite of the repository is detected.',
  'suites.NAME.argv':
    'Program and arguments, executed without a shell. `{files}` is replaced by the selected test files, one argument each.',
  'suites.NAME.affected_argv':
    'Used instead of `argv` for scope `affected`; `{changed}` is replaced by the changed files.',
  'suites.NAME.cwd': 'Folder below the repository root.',
  'suites.NAME.env': 'Variables of the suite. Tests see no others of yours.',
  'suites.NAME.required': 'A pull request needs every required suite green.',
  'suites.NAME.timeout_s': 'Seconds after which the whole process tree is killed.',
  'suites.NAME.format': 'How results are read; detected from `argv` when absent.',
  'suites.NAME.report':
    'Path of the JUnit report, relative to `cwd`, for `format: junit`; a pattern such as `**/TEST-*.xml` stands for several.',
  'suites.NAME.network': "Lets the tests reach the network, and with it this computer's own services.",
  'suites.NAME.services': 'Programs that are started in the sandbox before the tests, in order, and end with them.',
  'suites.NAME.services.NAME.argv': 'Program and arguments.',
  'suites.NAME.services.NAME.ready': 'Ready when the port answers on loopback, or when the command succeeds.',
  'suites.NAME.services.NAME.timeout_s': 'Seconds to wait until it is ready.',
  'suites.NAME.limits.processes': 'Processes and threads of the whole run.',
  'suites.NAME.limits.open_files': 'Open files of one process.',
  'suites.NAME.limits.file_mib': 'Size of one file, in MiB.',
  'suites.NAME.limits.memory_mib': 'Memory of one process, in MiB.',
  'dependencies.command':
    "Program and arguments that install a project's dependencies where your checkout has none: in a folder with the base commit's manifests, as you, with your credentials, for private registries. Without it the package manager runs in a sandbox with network and without credentials or scripts.",
  'dependencies.timeout_s': 'Seconds that this command may take.',
  code_host: 'Where pull requests are opened. Without it: the local remote.',
  'code_host.provider': 'Which provider; the other keys are its settings, below.',
  'tools.enabled': 'Tools that are offered; all when absent. Can only narrow.',
  'http.token': 'Bearer token of `fixgate serve --http`. Needed beyond loopback, enforced whenever set.',
  'http.allowed_hosts': 'Host names that clients may use, besides loopback and the bound host.',
  'report.path':
    'File that is rewritten after each call, relative to this file; `{incident_id}` is replaced, as in `incidents/{incident_id}-report.json`.',
};

const providerMeanings: Readonly<Record<string, Meanings>> = {
  files: {
    paths: 'Files (with their rotated siblings), folders (with all below them) or globs.',
    within: 'Links that lead out of this folder are not followed; absent, all are.',
    format: 'How lines are read.',
    service: 'Given to entries that name none.',
    env: 'Given to entries that name none.',
    time_zone: 'Zone of times that carry none: `UTC`, `+02:00`, `Europe/Berlin`.',
  },
  prometheus: {
    url: 'Base address, without `/api/v1`.',
    token: 'Sent as a bearer token.',
    headers: 'Further headers, such as `X-Scope-OrgID` for Mimir.',
    timeout_s: 'Seconds that one request may take, retries included.',
  },
  openmetrics: {
    paths: 'Files, folders of scrapes or globs.',
    within: 'Links that lead out of this folder are not followed; absent, all are.',
  },
  'local-git': {
    tags: 'Globs of tags that mark a deploy.',
    branches: 'Globs of branches whose tip is what runs.',
    merges: 'Merge commits of the base branch count as deploys.',
    service: 'Given to every deploy: git knows none.',
    env: 'Given to every deploy: git knows none.',
  },
  local: {},
  github: {
    owner: 'As it stands in the URL of the repository.',
    repo: 'As it stands in the URL of the repository.',
    token: 'Needs `contents: write` and `pull_requests: write`.',
    base_url: 'API of GitHub Enterprise, such as `https://github.example.com/api/v3`.',
  },
};

/** Every key of `fixgate.yaml`. */
export function configurationTable(): string {
  return settingsTable(ConfigFile, fileMeanings);
}

/** Every provider with its settings. */
export function providerTables(): string {
  const sections = providers.map(({ id, title, docs, settings, capabilities }) => {
    const roles = Object.keys(capabilities).map((role) => (role === 'host' ? 'pull requests' : role));
    const meanings = providerMeanings[id] ?? {};
    const keys = Object.keys(settings.shape).length > 0 ? settingsTable(settings, meanings) : 'It has no settings.';
    return `### ${title}: \`provider: ${id}\`\n\nFor ${roles.join(', ')}. ${docs}\n\n${keys}`;
  });
  return sections.join('\n\n');
}
