import { ConfigFile } from '#config/schema.ts';
import { providers } from '#providers/index.ts';

import type { Meanings } from './settings-table.ts';
import { settingsTable } from './settings-table.ts';

const fileMeanings: Meanings = {
  version: 'Version of this format.',
  policy: 'A policy file, or an `.architect.yaml`; the shipped `policies/default.yaml` when absent.',
  repository:
    'Path or URL of the repository of incidents that agents open, and humans without `--repo`; absent, for agents the one around the working directory.',
  'incidents.open_by_agents': 'Where an unknown incident id is opened by its first read.',
  approvers:
    'File of allowed signers, as in ssh-keygen(1): whose signatures count as approvals. The agent must not be able to write it.',
  freeze_file:
    'File that a deploy pipeline or a human writes, see [autonomy](autonomy.md#freeze-file): while it says that a deploy is under way, and while it cannot be read, pull requests are drafts. The agent must not be able to write it.',
  agents: "Whether agents' shells run under the account of this server.",
  services: 'What a service is made of. The name is what an incident and a tool call say as `service`.',
  'services.NAME.repository': 'Path or URL of its repository; the common one when absent.',
  'services.NAME.logs.source': 'Entry of `sources` for its logs.',
  'services.NAME.logs.query':
    'Condition in the language of the source, added to every question about this service. It is no boundary: what agents may see of a back end is set at its source (paths, selector, index, groups).',
  'services.NAME.metrics.source': 'Entry of `sources` for its metrics.',
  'services.NAME.metrics.query': 'Query that is used when a call gives none.',
  'services.NAME.metrics.queries':
    'Queries by name, such as `error_rate`, `latency_p99`, `cpu`, `memory`; `{service}` and `{env}` are replaced. A call may name one, and without a query all are compared.',
  'services.NAME.deploys.source': 'Entry of `sources` for its deploys.',
  'services.NAME.runbook':
    'Where a human reads what to do about it: an address, or a path in its repository. Hand-overs name it.',
  'services.NAME.environments': 'Environments it runs in; one alone is that of its incidents.',
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
  'suites.NAME.limits.disk_mib': 'What the whole run may take of the disk, in MiB; it is ended beyond that.',
  'dependencies.command':
    "Program and arguments that install a project's dependencies where your checkout has none: in a folder with the base commit's manifests, as you, with your credentials, for private registries. Without it the package manager runs in a sandbox with network and without credentials or scripts; it trusts the certificates that `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `CARGO_HTTP_CAINFO` or `GIT_SSL_CAINFO` of the server's environment name.",
  'dependencies.timeout_s': 'Seconds that this command may take.',
  code_host: 'Where pull requests are opened. Without it: the local remote.',
  'code_host.provider': 'Which provider; the other keys are its settings, below.',
  'tools.enabled': 'Tools that are offered; all when absent. Can only narrow.',
  'http.token': 'Bearer token of `fixgate serve --http`. Needed beyond loopback, enforced whenever set.',
  'http.allowed_hosts': 'Host names that clients may use, besides loopback and the bound host.',
  'evidence.keep_days':
    'Days after which servers remove the texts of kept answers and log lines; that they were kept, and their hashes, stays.',
  'report.path':
    'File that is rewritten after each call, relative to this file; `{incident_id}` is replaced, as in `incidents/{incident_id}-report.json`. Its ending gives the [form](reports.md#forms); JSON when it says nothing.',
  'report.trace_url':
    'Page of a trace at your tracing back end, for reports and messages; `{trace_id}` is replaced, as in `https://tempo.example/trace/{trace_id}`.',
  'log.level':
    'The least level of lines on standard error: what is allowed is `info`, what is refused or fails `warn`, what broke `error`. Servers write `info` when absent; `fixgate call` writes these lines only where it is given.',
  'telemetry.traces':
    'Where spans go: `otlp` is OTLP by gRPC (by HTTP if `OTEL_EXPORTER_OTLP_PROTOCOL` says so), `otlp-http` OTLP by HTTP in protobuf, `console` lines on standard error, `json-file` lines in a file. When absent, `OTEL_TRACES_EXPORTER` decides, else nothing is exported.',
  'telemetry.metrics':
    'Where metrics are pushed to over OTLP. When absent, `OTEL_METRICS_EXPORTER` decides, else nowhere.',
  'telemetry.endpoint':
    'Base address of the collector; `OTEL_EXPORTER_OTLP_ENDPOINT` when absent, else the usual port on this computer.',
  'telemetry.headers': 'Headers for the collector, by name; they win over `OTEL_EXPORTER_OTLP_HEADERS`.',
  'telemetry.file': 'File of `json-file`, relative to this one; `traces.jsonl` in the state folder when absent.',
  'telemetry.capture_content':
    'Lets spans tell the arguments and the answers of calls, redacted and cut to 8,192 characters.',
  'telemetry.metrics_textfile':
    "File, relative to this one, into which servers write their metrics for node_exporter's textfile collector; its name ends in `.prom`.",
  'notify.webhook.url':
    'Address that gets a signed [CloudEvent](hand-over.md#the-webhook) of each opened incident, hand-over and pull request. https, or http on loopback; redirects are not followed.',
  'notify.webhook.secret': 'Key of the signature, at least 16 characters.',
  'notify.slack.url': 'Address of an incoming webhook of Slack, which gets each hand-over in short; it is a secret.',
};

const tlsMeanings: Meanings = {
  ca: 'PEM file of the authorities to trust instead of the public ones.',
  cert: 'PEM file of the certificate that this server shows; with `key`.',
  key: 'Its private key, in PEM.',
};

const clusterMeanings: Meanings = {
  url: 'Base address, as of `GET /`.',
  index: 'Indices, aliases, data streams or patterns, joined by commas: what this source may read at all.',
  api_key: 'API key in its encoded form.',
  token: 'Sent as a bearer token.',
  user: 'With `password`.',
  password: 'With `user`.',
  'aws.region': 'Region of the domain; never guessed.',
  'aws.service': '`es` for a domain, `aoss` for a serverless collection.',
  'aws.profile': 'Profile of the AWS configuration for credentials.',
  'aws.role_arn': 'Role that is assumed, for another account.',
  'aws.external_id': 'External id that the role asks for.',
  'fields.timestamp': 'Field of the time, a date.',
  'fields.message': 'Field of the message.',
  'fields.level': 'Field of the level.',
  'fields.service': 'Field of the service.',
  'fields.env': 'Field of the environment.',
  'fields.trace': 'Field of the trace id.',
  ui_url: 'Address of Kibana or Dashboards, with its space, for links.',
  timeout_s: 'Seconds that one request may take, retries included.',
  ...tlsMeanings,
};

const providerMeanings: Readonly<Record<string, Meanings>> = {
  files: {
    paths: 'Files (with their rotated siblings), folders (with all below them) or globs.',
    follow_links: 'Whether symbolic links are followed.',
    format: 'How lines are read.',
    service: 'Given to entries that name none.',
    env: 'Given to entries that name none.',
    time_zone: 'Zone of times that carry none: `UTC`, `+02:00`, `Europe/Berlin`.',
  },
  datadog: {
    site: 'Host name of the site, such as `datadoghq.com`, `datadoghq.eu`, `us3.datadoghq.com` or `ddog-gov.com`.',
    api_key: 'API key of the organisation.',
    app_key:
      'Application key with `logs_read_data` and `logs_read_index_data` for logs, `timeseries_query` and `metrics_read` for metrics, `dora_metrics_read` and `events_read` for deployments.',
    indexes: 'Indexes that are searched; all when empty.',
    storage_tier:
      'The only tier that is searched. Absent: the indexes, then, when they hold nothing, Flex and the online archives.',
    url: 'Address of the API, for a proxy; `https://api.` and the site when absent.',
    ui_url: 'Address of the pages for people, for a subdomain of your own.',
    message_attribute: 'Attribute that holds the message, such as `event.text`, where it is not in `message`.',
    deploys:
      'Whether deployments are read: `false` where the keys are for logs or metrics alone, `true` where keys that may not read them are an error.',
    deploy_events: 'Search that finds the events of deployments, in the language of the Events Explorer.',
    timeout_s: 'Seconds that one read may take, with all its pages, waits and retries.',
  },
  'cloudwatch-logs': {
    region: 'AWS region. Absent: that of `profile` or of the environment; without any it is an error.',
    groups: 'Log groups: names, ARNs (of other accounts too), or prefixes that end with `*`; together at most 50.',
    profile: 'Profile of the AWS configuration for credentials and region.',
    role_arn: 'Role that is assumed, for another account.',
    external_id: 'External id that the role asks for.',
    endpoint: 'Address of the service, for VPC endpoints.',
    service: 'Given to entries that name none.',
    env: 'Given to entries that name none.',
    insights:
      'Where Logs Insights, which costs money by the bytes it scans, is used: for counts and long searches, for counts only, or not at all.',
    insights_max_gb: 'Gigabytes that one query may scan before it is stopped.',
    requests_per_s: 'Requests a second at most; the limits of the account are shared with its other users.',
    timeout_s: 'Seconds that one read may take, with all its pages, waits and retries.',
  },
  'cloudwatch-metrics': {
    region: 'AWS region. Absent: that of `profile` or of the environment; without any it is an error.',
    profile: 'Profile of the AWS configuration for credentials and region.',
    role_arn: 'Role that is assumed, for another account.',
    external_id: 'External id that the role asks for.',
    account: 'Account whose metrics are read through this one, where this one is a monitoring account.',
    endpoint: 'Address of the service, for VPC endpoints.',
    'labels.service': 'Dimension that names the service; `Service`, that of Application Signals, when absent.',
    'labels.env': 'Dimension that names the environment; `Environment` when absent.',
    requests_per_s: 'Requests a second at most; the limits of the account are shared with its other users.',
    timeout_s: 'Seconds that one read may take, with all its pages, waits and retries.',
  },
  loki: {
    url: 'Base address, without `/loki/api/v1`.',
    tenant: 'Sent as `X-Scope-OrgID`; several tenants are joined by `|`.',
    token: 'Sent as a bearer token.',
    user: 'With `password`; in Grafana Cloud the number of the instance.',
    password: 'With `user`.',
    selector:
      'Stream selector: what this source may read at all, such as `{namespace="shop"}`; every stream with the label of the service when absent.',
    'labels.service': 'Label of streams that names the service; one that no stream has, when only lines name it.',
    'labels.env': 'Label or structured metadata that names the environment.',
    'labels.level': 'Label or structured metadata that names the level.',
    max_scan_gb: 'Gigabytes of a window, as the index estimates them, beyond which it is not read.',
    ui_url: 'Address of Grafana, for links.',
    ui_datasource: 'Name or uid of this Loki in Grafana.',
    timeout_s: 'Seconds that one request may take, retries included.',
    ...tlsMeanings,
  },
  elasticsearch: clusterMeanings,
  opensearch: clusterMeanings,
  prometheus: {
    url: 'Base address, without `/api/v1`.',
    tenant: 'Sent as `X-Scope-OrgID`, for Mimir and Thanos; several are joined by `|`.',
    token: 'Sent as a bearer token.',
    user: 'For basic authentication, with `password`.',
    password: 'For basic authentication.',
    headers: 'Further headers, such as those of a proxy.',
    'labels.service': 'Label that names the service; looked for when absent.',
    'labels.env': 'Label that names the environment; looked for when absent.',
    rate_window_s: 'Seconds of the range of rates in queries that are written from `metric`; at least two scrapes.',
    ui_url: 'Address of its pages, for links; `url` when absent.',
    timeout_s: 'Seconds that one request may take, retries included.',
    ...tlsMeanings,
  },
  openmetrics: {
    paths: 'Files, folders of scrapes or globs.',
    follow_links: 'Whether symbolic links are followed.',
  },
  'local-git': {
    tags: 'Globs of tags that mark a deploy.',
    branches: 'Globs of branches whose tip is what runs.',
    merges: 'Merge commits of the base branch count as deploys.',
    service: 'Given to every deploy: git knows none.',
    env: 'Given to every deploy: git knows none.',
  },
  local: {},
  'github-actions': {
    owner: 'Owner of the repository.',
    repo: 'Name of the repository.',
    token: 'Token with `actions: read`.',
    base_url: 'API of GitHub, or of GitHub Enterprise such as `https://github.example.com/api/v3`.',
    timeout_s: 'Seconds that one request may take.',
  },
  gitlab: {
    url: 'Base address, without `/api/v4`.',
    project: 'Number of the project, or its path with groups.',
    token: 'Access token with the scope `read_api`.',
    service: 'Given to every deploy: GitLab knows none.',
    ...tlsMeanings,
  },
  argocd: {
    url: 'Base address, without `/api/v1`.',
    token: 'Token of an account with `applications, get`.',
    projects: 'Projects whose applications are read; all that the account sees when empty.',
    selector: 'Label selector of applications.',
    service_label: 'Label of applications that names the service.',
    env_label: 'Label of applications that names the environment.',
    env: 'Environment of applications without the label.',
    ...tlsMeanings,
  },
  jenkins: {
    url: 'Base address.',
    user: 'User of the API token.',
    token: 'API token of the user.',
    jobs: 'Jobs that deploy, by path, such as `team/deploy-checkout`.',
    service: 'Given to every build: Jenkins knows none.',
    env: 'Given to every build: Jenkins knows none.',
    ...tlsMeanings,
  },
  github: {
    owner: 'As it stands in the URL of the repository.',
    repo: 'As it stands in the URL of the repository.',
    token:
      'Needs `contents: write` and `pull_requests: write`; as a source of deploys `deployments`, `actions` and `contents: read`.',
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
