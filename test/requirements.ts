/**
 * What the product promises, one sentence each. Pure data: `area:thing:case` → promise. A test cites ids at the end of its title, as
 * in `[gate:budget:atomic]`; `test/architecture/requirements.test.ts` fails for a promise without a test and for a citation
 * without a promise. Ids are permanent; `docs/requirements.md` is generated from this file.
 */
export const requirements: Readonly<Record<string, string>> = {
  // The tools as clients see them.
  'tools:list:names':
    'The server offers get_incident, get_incident_logs, query_metrics, list_recent_deploys, apply_patch, run_tests and open_pr.',
  'tools:list:arguments':
    'No promised argument of a tool is ever renamed or removed, and only incident_id and reason are required.',
  'tools:list:snapshot':
    'Names, titles, descriptions, schemas and annotations change only together with a committed snapshot.',
  'tools:list:cost': 'The whole tool list costs a client at most 6,000 tokens.',
  'tools:list:description-size': 'No description of a tool is longer than 2 KB.',
  'tools:list:flat-schemas':
    'Input schemas are closed, with one type per property, lists of strings or of flat objects, and no alternatives.',
  'tools:list:described': 'Every argument is described in the description of its tool as well.',
  'tools:list:output-schemas': 'Every tool declares an output schema.',
  'tools:list:annotations': 'Annotations say which tools only read, and which reach beyond this server.',
  'tools:method:instructions':
    'The instructions of the server carry the method: evidence, cause, smallest fix, affected tests, pull request, else hand over.',
  'tools:method:prompt': 'The prompt remediate_incident carries the same method for one incident.',
  'tools:resources:templates': 'Whole answers, test logs and timelines can be read as resources.',
  'tools:arguments:lenient': 'null counts as absent; numbers, booleans and lists are accepted as strings.',
  'tools:arguments:unknown-key': 'An unknown argument is refused with the nearest valid one.',
  'tools:results:two-forms':
    'A result says the same facts as text that begins with OK and as structured content that fits its output schema.',
  'tools:results:bounded': 'No result is longer than 8,000 characters, nor than max_tokens.',
  'tools:results:rest': 'What does not fit stays within reach: a cursor leads on, and a resource link names the whole.',
  'tools:results:clean': 'Secrets are masked and hidden characters removed in everything that leaves the server.',
  'tools:refusals:form':
    'A refusal is an error with text only: DENIED, PENDING or ERROR in plain words first, the refusal as JSON last.',
  'tools:refusals:all-findings': 'A refusal lists every finding at once, each with its rule and what to do instead.',
  'tools:refusals:dry-run': 'A dry run that would be refused says exactly what the call would say, and costs nothing.',
  'tools:dry-run:free':
    'Every tool that changes code, runs tests or publishes can be tried with dry_run, which costs and leaves nothing.',
  'tools:refusals:snapshot':
    'What a refusal tells an agent, word for word, changes only when its committed snapshot changes.',
  'tools:incident:allowed-next':
    'get_incident tells state, budget left, what is allowed next, and what is not and why.',
  'tools:tests:output': 'The output of a test run is a resource in head and tail, and its address is linked.',
  'tools:tests:wait': 'run_tests answers within wait_s, else with status running and a job_id to poll.',

  // The server.
  'server:stdio:clients': 'fixgate serve speaks MCP on stdio with the SDK clients of every era.',
  'server:stdio:protocol-only': 'Standard output carries nothing but the protocol.',
  'server:stdio:ends': 'A stdio server ends when its input ends, and when nobody ever spoke to it.',
  'server:http:clients': 'fixgate serve --http speaks streamable HTTP at /mcp with the same clients.',
  'server:http:architect': "architect's own client lists and calls tools, and survives a restart of the server.",
  'server:http:foreign': 'HTTP refuses a foreign Host or Origin.',
  'server:http:limits': 'HTTP refuses bodies over 1 MiB and JSON nested deeper than 32.',
  'server:http:token':
    'Beyond loopback the server does not start without a bearer token, and asks every client for it.',
  'server:http:health': '/healthz answers probes without a token.',
  'server:protocol:conformance': 'The transport passes the MCP conformance suites.',
  'server:protocol:stateless': 'A request of revision 2026-07-28 is answered without a session.',
  'server:sessions:elicitation': 'A 2025 client gets a session only when its initialize declares elicitation.',
  'server:start:no-effects': 'Starting and probing the server writes nothing.',
  'server:stop:drain': 'SIGTERM lets calls in flight finish and takes no new ones.',
  'server:calls:progress': 'Progress goes only to clients that asked for it; nothing else precedes a result.',
  'server:calls:keep-alive': 'Long calls over HTTP keep their stream alive.',
  'server:calls:cancel': 'A cancelled call stops its work.',
  'server:calls:recorded': 'Every attempt is recorded, unknown tools and malformed arguments too.',
  'server:switches:budget': '--budget can only lower what the policy allows.',
  'server:switches:read-only': '--read-only offers only tools that change nothing.',
  'server:switches:enabled': 'tools.enabled only narrows the list of tools.',

  // Evidence.
  'logs:formats:read':
    'Logs are read as plain text, JSON lines and logfmt, with whole stack traces, from gzip and rotated sets.',
  'logs:size:streamed': 'Logs of any size are streamed; memory stays bounded.',
  'logs:sources:newest': 'Every source gives the newest events that were asked for, and says whether there were more.',
  'logs:sources:event': 'Every event has an origin of its own in its source, by which it is given whole.',
  'logs:sources:explained': 'Every source says what it asks.',
  'logs:sources:probe': 'Every source that can be read answers a probe.',
  'logs:files:packed': 'Files packed with gzip or zstd are read, and what is left of those cut short.',
  'logs:files:journal': "What journalctl exports is read, as JSON and in its binary form, with the program's own line.",
  'logs:files:event':
    'Files of one name in several folders do not share origins; an origin leads nowhere else than to its event.',
  'logs:files:window':
    'Only the part of a large ordered file that holds the window is parsed, and no event outside of it is lost.',
  'logs:files:newest': 'The newest lines of files are read from their ends.',
  'logs:files:filters': 'Filters of files are words, each for itself.',
  'logs:files:rotated': 'No event is lost or doubled when files are rotated, packed or written while they are read.',
  'logs:files:faults':
    'Truncated and removed files, pipes, devices, zero bytes and endless traces neither block a read nor end that of other files.',
  'logs:files:explained': 'A question to files is told in words, with their place.',
  'logs:files:probe':
    'A probe of files says how many there are, when they were last written, and which cannot be read.',
  'logs:reply:max-tokens': 'An answer keeps to the tokens that were asked for, as text and in its structured form.',
  'logs:reply:one-row':
    'Every answer about logs that has rows gives at least one, however small it may be, and pages lose none.',
  'logs:reply:sample':
    'Of a vendor with many matches a sample is read: the newest, errors, and those around the onset; the true count is told.',
  'logs:reply:truncated':
    '`truncated` says whether something of what was asked for was left out; a cursor leads to it, or a note says how much it is and how to get it.',
  'logs:reply:unlevelled': 'An answer about a level says how many of its events name none.',
  'logs:reply:empty-hints': 'An answer without events is no error; it says what the window and the source hold.',
  'logs:reply:filter-hint':
    'An answer that a filter left empty says so, and says it where a source takes filters as words.',
  'logs:reply:injection-flagged':
    'Rows that look like instructions to an agent are marked, and a note says what to do.',
  'logs:reply:cached': 'The same question is answered from what is kept, says so, and scans nothing.',
  'logs:reply:event': 'One event is given whole, over as many pages as it needs.',
  'logs:status:sample': 'What an HTTP status makes an error is shown whole where its message leaves the status out.',
  'logs:status:level': 'A row says when an HTTP status makes an error of what was logged lower.',
  'logs:patterns:unknown': 'The summary counts patterns that cannot be compared with the baseline, and says why.',
  'logs:patterns:late-onset': 'A pattern that began shortly before the onset that was told is new, and a note says so.',
  'outbound:sensitive-files:contents':
    'What sensitive files hold in the base commit is masked in every answer, log and report, and refused in patches.',
  'outbound:exits:masked':
    'No secret of the configuration leaves by any exit, written plain or in an encoding: answers, log, spans, metrics, reports, pull request, messages.',
  'outbound:stderr:masked': 'A command that fails, or a process that crashes, repeats no secret of the configuration.',
  'outbound:logs:before-masking': 'Events are redacted before they are counted, masked, cut or hashed.',
  'outbound:logs:key-lines':
    'The lines of a private key are masked where each is an event by itself, in a file or in one page of a back end.',
  'logs:faults:partial': 'A source that fails in the middle gives what was read, marked as a part.',
  'logs:sources:prefix': 'A source is found by its name, or by that of its vendor, also before the words of a query.',
  'logs:patterns:new-first': 'Log patterns are compared with a baseline; new and rising errors come first.',
  'logs:errors:place': 'Errors are grouped by exception and by the place in the code of the project.',
  'logs:errors:code': 'Errors of one statement are told apart by the code that they name, so that a new code is new.',
  'logs:patterns:order': 'The same events give the same patterns in whatever order they come.',
  'logs:patterns:statements': 'Lines of one statement become one pattern, whatever values stand in them.',
  'logs:patterns:unknown-headers': 'Values of a header that is not known do not split the statements behind it.',
  'logs:patterns:accuracy': 'Patterns group at least 95 of 100 lines of labelled samples rightly, on average.',
  'logs:patterns:evidence':
    'A pattern is called new, rising or gone only when what was read of both windows can tell; else it is unknown.',
  'logs:errors:cause': 'An error is named by its innermost cause, in eight languages.',
  'logs:errors:fingerprint':
    'The fingerprint of an error survives releases, builds and line numbers, and differs by type and place.',
  'logs:lines:joined': 'The lines of a stack trace become one event, in eight languages and behind any collector.',
  'logs:lines:interleaved': 'Stack traces are joined when lines of other writers come between theirs.',
  'logs:severity:same': 'Levels are read in the same way from every back end.',
  'logs:service:same': 'Names of services are read in the same way from every back end.',
  'logs:hash:vector': "The hash of an incident's errors is that of the published vector.",
  'logs:injection:flagged': 'Text that looks like an attempt to steer an agent is named by its kind.',
  'logs:injection:quiet': 'Ordinary lines of logs are not taken for such an attempt.',
  'logs:sources:words':
    'Every source finds words, phrases and what an excluded word leaves, within service, environment and level.',
  'logs:complaint:labels-once': 'A label that all lines of an answer share is not repeated on each.',
  'logs:complaint:silent-truncation': 'An answer says how many events match, how many it shows, and what leads on.',
  'logs:complaint:pages': 'Pages of one question lose no line and double none, whatever is logged meanwhile.',
  'logs:complaint:window': 'The window is echoed in UTC, and one that lies in the future is named as such.',
  'logs:complaint:naive-time': 'A time without a zone is read as UTC, and a note says so.',
  'logs:complaint:misspelt': 'A misspelt argument is refused with the right name, never ignored.',
  'logs:complaint:strings': 'Numbers may come as strings.',
  'logs:complaint:flat': 'No argument of a question about logs is an object or a list.',
  'logs:complaint:units': 'Settings that are times carry their unit, and no deadline of a back end is fixed.',
  'logs:complaint:limits': 'Every back end gives as many lines as are asked for.',
  'logs:complaint:cursors': 'The pages of every back end lead through all lines once.',
  'logs:complaint:long-lines': 'A long line is cut at 500 characters, says by how much, and is whole by its address.',
  'logs:complaint:huge-answers': 'No answer is larger than its limit, however much matches.',
  'logs:vendors:newest':
    'A vendor is read from the newest entry back; asked for so many, a source reads no more, and knows whether there are more.',
  'logs:vendors:counted': 'Vendors count what matches without sending it.',
  'logs:vendors:event': 'One event of a vendor is given whole by its origin, and none that the source does not cover.',
  'logs:vendors:explained': 'Vendors name the native query, where it was asked, and a page to repeat it.',
  'logs:vendors:probe': 'A probe of a vendor is small; what is missing is named as the vendor names it.',
  'logs:vendors:head-room': 'Requests to vendors leave part of their limits to people who use the same keys.',
  'logs:vendors:faults':
    'Broken connections, errors, half answers, huge lines and silence of a vendor end in what was read, or in a clear error, in bounded time.',
  'logs:backends:same-pattern': 'The same incident has the same top pattern on every back end.',
  'logs:vendors:no-leak': 'However often the wire to a vendor breaks, no connection stays open.',
  'logs:vendors:cancelled': 'When the caller goes, the request to a vendor ends on the wire.',
  'logs:vendors:filters': 'No filter reaches beyond itself: it cannot undo the filter of the operator beside it.',
  'logs:vendors:lazy':
    "The clients of Datadog and AWS are files of their own in the bundle, loaded with a source's first call.",
  'logs:datadog:last-page': 'A full last page of Datadog ends with the empty answer that its cursor leads to.',
  'logs:datadog:window': 'Every page of a Datadog search is asked for the same absolute window.',
  'logs:datadog:message-attribute':
    'Words are found in any attribute of a Datadog event; its message may be kept in another one.',
  'logs:datadog:tiers':
    'Where the indexes of Datadog hold nothing, each other tier is asked once, and the answer says so.',
  'logs:datadog:error-shapes': 'Both forms of errors of Datadog become one teaching error.',
  'logs:vendors:known-to-differ':
    'Service, environment and level drop only entries that are known to differ, in any spelling, wherever they are judged.',
  'logs:loki:nanoseconds':
    'Times of Loki keep their nanoseconds; the start of a window is included and its end is not.',
  'logs:loki:pages':
    'Every line of Loki comes exactly once, also where a page ends among lines of the same nanosecond.',
  'logs:loki:pushed-down': 'Words, service, environment and level are part of the LogQL that Loki is asked.',
  'logs:loki:count': 'Loki counts exactly the lines of the window.',
  'logs:loki:estimate':
    'A window of which the index of Loki says more than the operator allows is refused before it is read.',
  'logs:loki:labels':
    'Labels, structured metadata and lines of Loki tell level, service and environment, in that order.',
  'logs:loki:honest': 'Loki is asked in the form in which it does not hide errors behind an empty answer.',
  'logs:loki:joined': 'The lines of a stack trace in Loki are joined within their stream, over the edges of pages.',
  'logs:loki:tenants': 'Several tenants of Loki are read at once; a missing tenant is named.',
  'logs:loki:position': 'A position in an error of Loki is that in the filter of the caller.',
  'logs:loki:errors': 'The plain texts of errors of Loki become teaching errors.',
  'logs:cluster:pages':
    'Every document of Elasticsearch and OpenSearch comes exactly once, also where a page ends among documents of the same time.',
  'logs:cluster:point-in-time':
    'The newest id of a point in time is used, and the point is deleted whatever happens, also when the caller goes.',
  'logs:cluster:window': 'A search of Elasticsearch or OpenSearch has a half-open window in UTC.',
  'logs:cluster:count': 'Elasticsearch and OpenSearch count beyond the 10,000 at which a search stops counting.',
  'logs:cluster:words':
    'Words are found within terms and in any field; where the cluster forbids that, whole ones, and the answer says so.',
  'logs:cluster:fields': 'Documents with the fields of ECS and with plain names are read alike.',
  'logs:cluster:credentials': 'Elasticsearch and OpenSearch take an API key, a bearer token, or user and password.',
  'logs:cluster:signed': 'Requests to Amazon OpenSearch Service are signed, each one anew.',
  'logs:cluster:partial': 'Failed shards and a search out of time make an answer partial.',
  'logs:cloudwatch:empty-pages': 'An empty page of CloudWatch that carries a token is not the end.',
  'logs:cloudwatch:units':
    'CloudWatch events are asked for in milliseconds and Insights in seconds, both exact to the millisecond.',
  'logs:cloudwatch:groups': 'Several log groups, by name, ARN or prefix, are merged by time.',
  'logs:cloudwatch:traces': 'The lines of a stack trace are joined within their log stream, over the edges of pages.',
  'logs:cloudwatch:stop-query': 'A query of Logs Insights that nobody waits for, or that scans too much, is stopped.',
  'logs:cloudwatch:query-position':
    'A query that Logs Insights cannot read is answered with its position and how to write it.',
  'logs:cloudwatch:region':
    'The AWS region is configured, or that of the profile or environment; it is named, and never guessed.',
  'logs:cloudwatch:roles':
    'Another account is read by a role with its external id; credentials are renewed before they expire.',
  'logs:actions:failed': 'Logs of GitHub Actions are the failed steps of failed jobs, from their end.',
  'logs:actions:redirect': 'The log of a job is fetched from its short-lived address without our token.',
  'metrics:sources:prometheus': 'Metrics come from a real Prometheus over HTTP.',
  'metrics:sources:openmetrics': 'Metrics come from OpenMetrics and Prometheus text files.',
  'metrics:sources:words':
    'Every source answers what is asked in words of no vendor: metric, filters, aggregate and groups.',
  'metrics:datadog:simple':
    'One Datadog metric is asked of version 2 in milliseconds, and answered with one point per step of [start, end).',
  'metrics:datadog:expression': 'Datadog expressions are asked whole of version 1, in seconds.',
  'metrics:datadog:silent-error': 'An error of Datadog that comes with status 200 is an error.',
  'metrics:datadog:sparse': 'Times of Datadog that are sparse and irregular stay gaps.',
  'metrics:datadog:interval':
    'The interval is a hint to Datadog: finer points are reduced to the step, coarser ones are told, and one that is not over is left out.',
  'metrics:datadog:nulls': 'Null points of Datadog are gaps, and groups of nulls are no series.',
  'metrics:datadog:units': 'Series of Datadog have their unit, which may be null.',
  'metrics:datadog:many': 'Of too many Datadog series the largest are read, and the answer says how many there are.',
  'metrics:datadog:compose': 'A metric in words becomes a Datadog query; no value in it reaches beyond itself.',
  'metrics:datadog:search': 'Datadog metrics are found by their names, with type, unit and help.',
  'metrics:datadog:survey': "Services are compared by the metrics of Datadog's tracers.",
  'metrics:datadog:position': 'A refused Datadog query is shown at its place, with what was probably meant.',
  'metrics:datadog:probe': 'A missing permission for Datadog metrics is named as Datadog names it.',
  'metrics:datadog:limits':
    'Metric requests to Datadog are repeated, bounded in time, and leave part of the limit to people.',
  'metrics:datadog:cancelled': 'When the caller goes, a metric request to Datadog ends on the wire.',
  'metrics:datadog:step': 'A step fits the 1,500 points of a Datadog series.',
  'metrics:datadog:explained': 'A Datadog metric query is named with its page.',
  'metrics:cloudwatch:order':
    'CloudWatch metrics are read within [start, end) and come oldest first, whatever its default.',
  'metrics:cloudwatch:aligned':
    'The start of a CloudWatch request is aligned to the period; points outside of the window, and of a period that is not over, are dropped.',
  'metrics:cloudwatch:pages': 'Pages of CloudWatch metrics are joined series by series, and end.',
  'metrics:cloudwatch:statistics': 'A CloudWatch metric is read by any statistic, by percentiles, and per second.',
  'metrics:cloudwatch:dimensions': 'A CloudWatch metric is found when only some of its dimensions are named.',
  'metrics:cloudwatch:account': 'Metrics of another account are read through a monitoring account.',
  'metrics:cloudwatch:many':
    'A request to CloudWatch has at most 500 queries and 100,800 points; of more series those that moved most are read.',
  'metrics:cloudwatch:retention': 'The period of a CloudWatch request is one in which its window is still kept.',
  'metrics:cloudwatch:partial': 'An answer of CloudWatch that stays a part says so.',
  'metrics:cloudwatch:messages': 'Messages of CloudWatch reach the caller; one that forbids everything is an error.',
  'metrics:cloudwatch:insights':
    'Metrics Insights is asked one query at a time; its groups become labels, and its two weeks are told.',
  'metrics:cloudwatch:compose': 'A metric in words becomes a CloudWatch query; no value in it reaches beyond itself.',
  'metrics:cloudwatch:math': 'CloudWatch metric math and SEARCH are queries.',
  'metrics:cloudwatch:alarms':
    "An alarm's own metric or math is read by the alarm's name; alarms of alarms name their parts.",
  'metrics:cloudwatch:search': 'CloudWatch metrics and alarms are found by their names.',
  'metrics:cloudwatch:survey': 'Services are compared by what AWS keeps under one dimension.',
  'metrics:cloudwatch:position': 'A refused CloudWatch query is shown at its place, with what was probably meant.',
  'metrics:cloudwatch:probe': 'A missing permission or region for CloudWatch metrics is named.',
  'metrics:cloudwatch:limits': 'Metric requests to CloudWatch are paced, repeated, and bounded in time.',
  'metrics:cloudwatch:cancelled': 'When the caller goes, a metric request to CloudWatch ends on the wire.',
  'metrics:cloudwatch:explained': 'A CloudWatch metric query is named with its page, region and account.',
  'metrics:prometheus:seconds':
    'Prometheus is asked in seconds; both ends of its ranges are included, so that ours excludes the end.',
  'metrics:prometheus:strings':
    'Values of Prometheus come as strings, NaN and infinities among them; native histograms are refused.',
  'metrics:prometheus:points': 'A step fits the 11,000 points of a Prometheus series.',
  'metrics:prometheus:auth':
    'Tenant, bearer token, basic authentication and own headers go with every request to Prometheus.',
  'metrics:prometheus:mutual-tls': 'Prometheus is asked with a certificate of its own where the server wants one.',
  'metrics:crowd:bounded':
    'Of 20,000 series those that moved are read, in less than 200 MB, with a count of values per label and a query to write instead.',
  'metrics:window:look-back':
    'Metrics are read from the onset until now against the 4 h before it; without an onset the last 4 h against the 4 h before.',
  'metrics:change:shapes': 'Steps, rises of rates, leaks and levels that came back are found, and when they began.',
  'metrics:change:moment':
    'Where a gauge or a rate left its level is told within one point, also where a rate had hardly risen yet.',
  'metrics:change:none': 'Noise, waves, lines and single outliers are no changes.',
  'metrics:signals:gaps':
    'Gaps, values that are no numbers, and series that stopped reporting are told, never dropped.',
  'metrics:files:derived': 'Recorded counters give the share of requests that failed and the mean of what they sum.',
  'metrics:signals:unknown': 'Where no metric tells of failures, or the baseline has no data, the answer says so.',
  'metrics:services:ranked':
    'Without query and metric the services are ranked by how far and how early they moved, errors and latency first, with the reason.',
  'metrics:services:cause':
    'Waiting for others and movements too small to be felt count less than what a service does itself.',
  'metrics:signals:early': 'Right after an onset three points are judged by the baseline that leads up to them.',
  'metrics:services:usual':
    'What changed long before the onset, was on its way out then, was merely not used before or seldom has a value counts less.',
  'metrics:services:discovered':
    'Without configuration the telling metrics of services are looked for, and asked as their type wants it.',
  'metrics:query:named': 'Queries of a service are called by their names, with service and environment put in.',
  'metrics:query:composed': 'A metric in words becomes a query of its source.',
  'metrics:query:search': 'Metrics are found by words, with type, unit and help.',
  'metrics:query:raw-counter': 'A counter that is asked as it is is refused, with its rate.',
  'metrics:query:position': 'An error in a query comes back with its place and what was probably meant.',
  'metrics:labels:untrusted': 'Labels and values never end a quoted text, neither in a query nor in a picture.',
  'metrics:chart:svg': 'A picture of the series is an image block, on request.',
  'metrics:evidence:request':
    'The exact query, window, baseline, source and digest of a read are kept, to run it again.',
  'metrics:summary:moved':
    'Metrics that moved most come first, with the change point and its size against the baseline.',
  'deploys:sources:git': 'Deploys come from git tags, release branches and merge commits.',
  'deploys:ranking:onset': 'The deploy that fits the onset best comes first, with the reason.',
  'deploys:ranking:culprit':
    'The commit whose files, functions and words the errors name comes first, with the reason, also when nothing was deployed.',
  'deploys:ranking:ran-well':
    'What had run well for long when a suspect replaced it ranks behind that suspect, unless somebody blames it.',
  'deploys:confidence:vectors': 'How sure one can be of a change is nearness, scope and fit by a published formula.',
  'deploys:areas:focus': 'Code changes in configuration, database, API and dependencies are listed, deployed or not.',
  'deploys:rollback:target':
    'The version to roll back to is the last one that reached its environment before the suspect.',
  'deploys:look-back:default':
    'Deploys are looked for in the 24 h before the onset, commits in the 48 h before it, and in 14 days when these were quiet.',
  'deploys:changes:commits': 'Commits of the base branch are candidates with their files and diffs.',
  'deploys:changes:landed': 'A commit counts from when the base branch got it, not from when it was written.',
  'deploys:changes:forged': 'No message of a commit passes for another commit.',
  'deploys:sources:vendors': 'Deploys come from GitHub, GitLab, Argo CD, Jenkins and Datadog.',
  'deploys:merged:same': 'The same commit in the same environment is one deploy, whoever tells of it, with all links.',
  'deploys:merged:partial': 'A source that fails is a warning; the others answer.',
  'deploys:github:no-time-filter':
    "GitHub's deployments know no time: they are read newest first until they are too old.",
  'deploys:github:states': 'The states of GitHub deployments are requests of their own, at most 30.',
  'deploys:github:runs':
    'Runs of workflows that deploy are found by the time of their creation; more than may be seen is told.',
  'deploys:github:permissions': 'A missing permission is named as GitHub names it, and the rest is read.',
  'deploys:github:compare':
    "GitHub's comparison is read page by page; its files come with the first page, at most 300.",
  'deploys:github:bounds': 'A search for runs includes both ends; the window that is answered is half-open.',
  'deploys:github:releases': 'Releases of GitHub have the commit of their tag; drafts are none.',
  'deploys:gitlab:order': 'GitLab is asked newest first, in a combination of order and filter that it takes.',
  'deploys:gitlab:refused': 'None of the four combinations that GitLab refuses is ever asked.',
  'deploys:gitlab:bounds': 'GitLab deployments count from when they began, within a half-open window.',
  'deploys:argocd:history': "Argo CD's history has the oldest first; failed syncs and rollbacks are told.",
  'deploys:argocd:mask': 'Argo CD is asked for what is needed and nothing else.',
  'deploys:jenkins:milliseconds': 'Times of Jenkins are milliseconds; a build without a result runs.',
  'deploys:jenkins:tree': 'Jenkins is asked by tree, never by depth, and needs no crumb.',
  'deploys:jenkins:order': 'Builds of Jenkins are read newest first, within a half-open window.',
  'deploys:sources:probed': 'A probe of each deploy source asks little, writes nothing and says what it may read.',
  'deploys:datadog:dora': 'Datadog deployments are asked for by type, in ISO times, newest first, by when they ended.',
  'deploys:datadog:events': 'Datadog events of deployments are searched newest first, to the page that is empty.',
  'deploys:datadog:once': 'A deployment that Datadog knows twice is listed once.',
  'deploys:datadog:place': 'Service and environment narrow what Datadog is asked, and no name reaches beyond itself.',
  'deploys:datadog:unasked':
    'Datadog keys that may read no deployments are a note, unless the operator wants deployments or the keys are unknown.',
  'deploys:datadog:permissions': 'A missing permission for Datadog deployments is named, and the rest is listed.',
  'deploys:reply:pages': 'A list of suspects or a comparison that is cut goes on behind its cursor.',
  'deploys:compare:summary': 'A comparison counts commits, files and lines, and says when base and head are swapped.',
  'deploys:onset:measured':
    'An onset that was said much too early is corrected by what metrics and logs of the incident measured, and the answer says so.',
  'deploys:evidence:request':
    'The exact requests, windows, sources and digests of every deploy read are kept, so that it can be asked again.',
  'evidence:retention:purged': 'Kept texts are removed by age or by incident; what they were and their hash stays.',
  'evidence:show:exact': 'A kept text is printed as it is, so that its SHA-256 can be checked.',
  'evidence:lines:for-humans': 'The events behind an answer are kept for humans, redacted.',
  'evidence:sources:own':
    'What was read under other settings of the sources answers no question here, is no part of a pull request, and is told apart in reports.',
  'evidence:time:grammar': 'All tools read one grammar of times: relative, ISO 8601, time of day, epoch.',
  'evidence:vendors:tls':
    'A vendor behind a private authority, or one that asks for a certificate, is reached with ca, cert and key.',
  'evidence:vendors:bounded':
    'A slow, broken or hostile vendor costs a bounded time and never learns credentials of another origin.',

  // Incidents.
  'incidents:id:form': 'An incident id is one to 64 safe characters and makes a valid git ref.',
  'incidents:base:chosen':
    "The base is --base, else the remote's default branch, else HEAD, fixed when the incident is opened.",
  'incidents:id:mistyped': 'An unknown id that may not be opened is answered with the nearest known one.',
  'incidents:list:folder': 'Where an incident is not, the answer names the state folder that was looked in.',
  'incidents:open:next': 'Opening an incident says what to do next.',
  'incidents:open:notes':
    'Opening an incident says that the repository has no remote to publish to, and which commits of the analysis it does not hold.',
  'incidents:open:service':
    'A service that is not in the configuration is warned of, with the name that was probably meant; the incident is opened all the same.',
  'incidents:open:again': 'Opening again with the same facts succeeds; with different ones it is a conflict.',
  'incidents:open:told':
    'Opening again with facts that differ fails, and says what holds instead and how to give another severity.',
  'incidents:open:repository':
    'An incident is opened on the repository that the configuration names where none is given.',
  'incidents:severity:confirmed': 'A severity counts as confirmed only when a human gave it.',
  'incidents:agents:open':
    'On stdio an unknown id is opened by its first read as an unconfirmed SEV3; on HTTP it is not.',
  'incidents:agents:daily-ledger': 'Incidents that agents open share one daily budget per repository.',
  'incidents:agents:drafts': 'Until a human confirms an incident that an agent opened, its pull requests are drafts.',
  'incidents:rca:names':
    'Commits, files and symbols that the root-cause text names are recognised when the repository has them.',
  'incidents:escalated:tests':
    'When no test run is left and the tree is not green, the incident is handed over at once, with the reason and what to do.',
  'incidents:escalated:final': 'When the budget leaves nothing useful to do, the incident is handed over and stays so.',

  // The gate.
  'gate:tests:same-suite':
    'A green run proves the suite that it ran alone: one of another configuration, of whatever name, proves nothing.',
  'gate:files:protected':
    'No patch changes, moves, copies or deletes a file that protected_files covers, in any spelling.',
  'gate:files:built-in':
    'Configuration of git, agents, editors and package managers is protected whatever the policy says; executable configuration needs a human.',
  'gate:files:canonical': 'A path in any but its plain spelling is refused.',
  'gate:files:modes': 'Symlinks, submodules and binary content are refused; an executable bit needs a human.',
  'gate:files:bare-repository':
    'No patch changes a folder of the tree that is, or would become, a bare repository, whatever the case of its names.',
  'gate:caps:refused-count-nothing': 'A refused attempt never stands in the way of what is allowed.',
  'gate:caps:files': 'The cap on files counts every file that the incident ever touched.',
  'gate:caps:lines':
    'The cap on lines counts those changed since the base commit, in each file ever touched at the most that it had.',
  'gate:commands:blocked':
    'A suite that would execute a blocked command is refused, through shells, wrappers and scripts.',
  'gate:commands:strict-regex':
    'A policy can have plain words searched in the text of a command as well, as architect does.',
  'gate:commands:opaque': 'A suite whose commands cannot be read off is refused.',
  'gate:commands:readings': 'What a command is read as changes only when its committed reading changes.',
  'gate:commands:unknown-words':
    'A word that only the run tells is refused wherever it could make a command execute something, and allowed where it is mere data.',
  'gate:commands:mention': 'A blocked command that is only mentioned does not refuse a suite.',
  'gate:commands:scripts':
    'Package scripts, their hooks, make recipes and shell scripts of a suite are read before it runs.',
  'gate:execution:rows':
    'Rows whose danger lies in the repository run among stubs, and are told apart: reached and stopped, or not reached.',
  'gate:admission:last-moment':
    'A hand-over, a raised severity and the kill switch stop a call up to the moment it is admitted, whichever process says so.',
  'gate:approvals:bound': 'An approval counts once, and for exactly the action and policy that were asked about.',
  'gate:approvals:not-the-agent': 'No tool and no answer of a host approves anything.',
  'gate:approvals:waiting': 'At most five questions of an incident wait for a human at the same time.',
  'gate:approvals:nobody':
    'Where nobody can approve, a call that would wait for a human is told what to do without one.',
  'gate:approvals:readable': 'A human sees every fact of a question, with nothing hidden or forged.',
  'gate:budget:charged': 'Calls are charged by what is written and answered, whatever a host or a price list says.',
  'metrics:query:bounded': 'A metric query is short and costs a call, so that it carries little out.',
  'gate:budget:atomic':
    'Parallel calls never share the last unit of a budget: of 50 calls with 10 left exactly 10 are admitted.',
  'gate:budget:held':
    'Bytes and test seconds are held at admission, cut to what is left, and settled to the actual use.',
  'gate:budget:wall': 'Wall time starts at the first admitted call.',
  'gate:budget:polls-free': 'Polling a job costs nothing.',
  'gate:publish:branch': 'Only hotfix/<incident> is ever pushed, never the base branch.',
  'gate:publish:green': 'A pull request is refused unless every required suite passed on exactly its tree.',
  'gate:publish:edited-test':
    'A pull request that only tests which it edits itself speak for is refused with a way forward; a human may waive it.',
  'gate:publish:again': 'Protected files are judged once more when the change is published.',
  'gate:autonomy:matrix': 'Severity, confirmation and the level of the policy decide what an agent may do.',
  'gate:autonomy:strictest': 'Another input never raises autonomy, and every decision says which input bound it.',
  'gate:autonomy:release': 'A SEV1 is only diagnosed until a human releases it and proves it.',
  'gate:risk:score': 'The risk of a change is a documented sum of factors with floors; what is not known is listed.',
  'gate:risk:weakened':
    'Tests that a change weakens, also by the configuration of their runner, make it high risk and are named in answers.',
  'gate:risk:binds':
    'Medium risk is published as a draft; high risk is handed over until a human has approved exactly this tree.',
  'gate:breakers:trip': 'Breakers pause or hand over by the records, which restarts and clocks do not reset.',
  'gate:breakers:same-call': 'The third call in a row that would do exactly the same is refused.',
  'gate:breakers:invalid':
    'After three calls in a row that do not fit the incident cools off for 60 s, and a human takes over after six.',
  'gate:breakers:cooldown':
    'A new pull request about trouble that another incident got one for less than 15 minutes ago, or 30 for a rollback, is refused with the time of its end.',
  'gate:breakers:repo-quality':
    'Three hand-overs within an hour or two reverts within a day leave agents of a repository to diagnose until a human has acted.',
  'gate:breakers:freeze':
    'While the freeze file of the operator says that a deploy is under way, or cannot be read, pull requests are drafts.',
  'gate:breakers:provider':
    'A source that failed five times within a minute is left alone for 30 s, which answers say with the time of its end; then one question tries it.',
  'gate:breakers:storm':
    'After 20 incidents within five minutes a further one of the same service is refused with the id of the first, unless it is more severe.',
  'gate:budget:warned':
    'From 75 % and from 90 % of a budget the agent, the records and get_incident say so, once each.',
  'gate:approvals:expired-stays': 'An approval that was once found expired stays so when the clock is turned back.',
  'gate:breakers:resume': 'A human lifts a hand-over with proof, and may add to the budget.',
  'human:verbs:severity':
    'Lowering a severity, and whatever lets agents do more, takes proof; a stricter one takes none.',
  'human:verbs:close': 'A closed incident refuses every change and blocks no other; closing is proved like a release.',
  'human:verbs:open':
    'Opening confirms no severity of an open incident, and where humans sign none that nobody signed.',
  'human:verbs:keyless': 'A human without a key leaves no open question behind.',
  'human:verbs:own-policy': 'What somebody said under a configuration of their own is not believed by the server.',
  'human:verbs:named': 'Where no human can be told from an agent yet, a text that names a command of humans says so.',
  'human:verbs:told': 'Where nobody can approve, the refusal names the lines of configuration that are missing.',
  'human:proof:touch':
    'A hardware key proves who signed when it was touched; a signature without a touch proves nobody, whatever ssh-keygen says.',
  'human:proof:bound':
    'An incident keeps its approvers: of those who are listed, whoever was where it began, or when one of these resumed it; anybody listed may reject and close.',
  'human:proof:told': 'Whoever opens an incident again that others decide of is told so.',
  'human:proof:plain':
    'A signature that is checked without ssh-keygen is believed exactly when ssh-keygen believes it.',
  'hook:words:released': "A host's own tools may change files for a SEV1 once its release is proved, and not before.",
  'hook:words:waived': "A proved waiver lifts its rule for a host's own tools too, under the same policy only.",
  'hook:reads:inside':
    'A sensitive file counts as read wherever a word of a command names it, and where its folder is mounted.',
  'hook:reads:copies':
    'A sensitive file is known by the end of its name in a clone, in a folder of a commit and anywhere outside of the project.',
  'hook:reads:one-rule':
    'Showing what a sensitive file is called is no reading, with whichever tool; naming one to a reader is, whether or not it is there.',
  'hook:reads:tracked': 'The files that git tracks are read from every version of its index.',
  'hook:reads:untracked': 'Commits are shown freely where git tracks no sensitive file.',
  'hook:tools:own': 'Only the known tools of its own server are left to themselves by name.',
  'hook:tools:unknown': 'Every text in the arguments of a tool that is not known is looked at.',
  'hook:tools:any-key': 'A tool that is not known is refused when any argument names a file or a command.',
  'hook:guard:landing':
    'What a copy or a move puts below a folder is judged by the names that it gets there, for protected files and those of the guard.',
  'hook:guard:told':
    'Beside files of the guard nothing is copied that something else in the same call may change first.',
  'hook:guard:folders': 'Outside of the project no program gets a folder of the guard that may put files into it.',
  'hook:guard:found':
    'Records are not read by what finds them either: braces, words of unknown end, `find`, `git --no-index`.',
  'hook:guard:trees':
    "Git brings nothing out of commits into another repository than the project's where files of the guard lie, and makes none around them.",
  'hook:guard:stop': "No agent removes, moves or writes the kill switch that lies beside the operator's configuration.",
  'hook:guard:composed':
    'Programs that make up the names of the files that they write or rename are judged by every name that they may make up.',
  'hook:guard:backups':
    'What a call keeps under another name, a backup or a second name of a file, is judged by that name as well.',
  'hook:guard:unpacked':
    'A file that a program takes out of a compressed one is judged by its name; where only the archive tells the names, the call is refused.',
  'hook:guard:elsewhere':
    'Files of the guard are found behind addresses of computers, folders of containers and lists of names as well.',
  'hook:guard:binds':
    'A program is not started so that it sees other files under the names of the project, of the folder for temporary files or of the guard.',
  'hook:tools:human-verbs':
    'A tool that is not known gives no verb of humans to Fixgate, whatever the argument is called that carries it.',
  'hook:guard:packages': 'Another agent host is not started out of a package either.',
  'hook:guard:installed': 'No agent installs, removes or replaces the package of the program that guards.',
  'hook:guard:entries': 'The program that guards is left to humans by whichever of its entries it is started.',
  'human:verbs:on-top': 'A listed human can say on top what somebody else said without a proof that counts.',
  'human:verbs:ended': 'A proved end holds when somebody else resumes the incident.',
  'human:verbs:doubted': 'Reports and lists say what is not believed.',
  'human:verbs:namespace': 'A key that is listed for another namespace is answered with the one that is needed.',
  'hook:words:granted': 'What humans added to a budget counts for calls of a host, as far as it is proved.',
  'hook:budget:spent': 'A call of a host that may change something costs a tool call, and a change an attempt.',
  'hook:breakers:bind': 'Breakers count refused calls of a host, hand over, and refuse its changes then.',
  'hook:incident:kept': 'An agent is not rid of an incident by opening another one or by having it handed over.',
  'hook:incident:remotes':
    'An incident counts in every checkout that has its repository as a remote, or a remote in common with it, however that is spelled.',
  'hook:policy:prices': "A host's own tools do not write the prices that the operator's policy names.",
  'hook:time:limit': 'A call that cannot be judged in time is refused before the host gives up.',
  'hook:edits:secrets':
    "An edit by a host's own tool that would add a secret is refused by the patterns and the rule of patches.",
  'hook:time:large':
    'A call that reaches through thousands of files is judged in time, and not refused for their number.',
  'hook:time:forged': 'A committed policy that is not what its id stands for stops the hook: every change is refused.',
  'hook:time:plain-objects':
    'A committed file is read without git from objects of a plain shape, exactly as git reads it; git reads the others.',
  'hook:time:light': 'What every call of a hook loads holds no schema library, no YAML library and no server.',
  'hook:policy:origin':
    "A repository's own policy holds as origin's default branch has it too, whatever HEAD was moved to.",
  'hook:policy:pinned':
    "A host's own tools change nothing under another policy than the one that an incident is worked on under.",
  'hook:policy:plain': 'Plain YAML is read without the YAML library exactly as the library reads it.',
  'guard:accounts:doctor':
    'With an agent under another account doctor says that the guard is enforced, and no longer once that account can write a file or a folder that decides.',
  'guard:accounts:unreadable':
    "An agent under another account can neither read nor write the operator's key, the records and what signs them.",
  'guard:accounts:signed':
    'The heads of the records are signed with a key that the account of the agent cannot read, and it can forge none.',
  'guard:accounts:verbs':
    'Every verb of humans that the account of the agent starts on the records of the server is refused with the reason, and changes nothing.',
  'guard:accounts:approved':
    'With two accounts a signature by a listed key lets exactly the asked action pass, and one by another key does not.',
  'guard:accounts:hook':
    "Under the agent's account the hook judges by the policy of the operator, whose files that account cannot write.",
  'guard:accounts:hook-records': 'A hook that is pointed at records it may not read refuses changes and says why.',
  'guard:accounts:kill-switch':
    'The kill switch of a server stops hooks under the account of the agent, which cannot undo it.',
  'gate:kill-switch:writes': 'The kill switch refuses every write, and reading goes on.',
  'gate:kill-switch:proof': 'Anybody may stop; only proof allows writes again.',
  'gate:reads:cached': 'An identical read is answered from the last one, is marked so and costs a call.',
  'gate:policy:pinned':
    'An incident is worked on under the policy of its first change or test; another one changes nothing until a human resumes it.',
  'gate:policy:plan-parts':
    'A plan that a policy asks for names the diagnosis, the change and the way back; an incident with a root-cause analysis has its diagnosis.',
  'gate:policy:plan': 'A policy can ask for a plan before a patch and a root cause before a pull request.',
  'incidents:agents:quota': 'Agents open only so many incidents in one repository a day.',
  'gate:permits:only-gate': 'Only the gate makes the permits that every effect needs.',
  'gate:policy:default':
    'The shipped policy has the documented values: 3 files, 150 lines, $1.00, five protected globs, four blocked commands.',
  'gate:policy:examples': 'A policy whose own examples fail does not load.',
  'gate:policy:rule-examples':
    'Examples of a rule hold for this rule, whatever the others say, or the policy does not load; what extends it cannot drop them.',
  'gate:policy:strict': 'A broken policy reports every problem at once, with the nearest known key.',
  'gate:policy:stages':
    'What is wrong in one stage of checks hides no problem of the next, nor of another file; what only follows from it is not told.',
  'gate:policy:forms':
    'What is wrong with a value that has several forms is told by the form that was meant, with its known keys.',
  'gate:policy:schema': 'Editors complete a policy with a JSON schema that matches the code.',
  'gate:policy:tri-state': 'A rule for files denies, asks or allows; the strictest decides, and allow lifts no denial.',
  'gate:policy:classes': 'Classes of files stand for documented globs wherever a glob may stand.',
  'gate:policy:file-scope': 'A policy can let only the files change that the root-cause analysis names.',
  'gate:policy:caps': 'Caps on bytes and lost tests count everything ever touched, and refused patches count nothing.',
  'gate:secrets:second-opinion':
    'What secretlint finds on an added line refuses the patch too, by file, line and kind, and no comment switches it off.',
  'gate:secrets:held':
    'A patch that adds a secret which the server holds is refused, in every encoding that the exit masks.',
  'gate:secrets:fail-closed': 'No patch is let through when the second look for secrets cannot be taken.',
  'report:pull-request:reads': 'A pull request cites what was read by source, query, window and digest.',
  'report:pull-request:rollback': 'A pull request names the likeliest deploy and what it is rolled back to.',
  'report:pull-request:gone': 'A pull request names patterns that are not logged any more.',
  'report:origins:suites': 'What a call under another configuration required makes no change verified in a report.',
  'report:pull-request:allowed': 'A pull request names who waived a rule or approved a call on the way to it.',
  'report:pull-request:origins':
    'A pull request says which of its words the agent wrote, which came with the incident, and which nobody gave.',
  'gate:secrets:pull-request':
    'Secrets in the words of a pull request are masked by both opinions, and the answer warns.',
  'gate:secrets:lazy': 'secretlint is loaded for added lines and pull requests, not at the start.',
  'gate:secrets:measured': 'Recall and precision of both opinions are measured on a labelled set and do not fall.',
  'gate:policy:secrets-in-patch': 'A secret in an added line is refused by path, line and kind, never by its value.',
  'gate:policy:code-rules': 'Rules of code refuse or warn about added lines alone.',
  'gate:budget:prices':
    'What a host reports of its model is charged at least at the prices that an .architect.yaml names; an unknown model at the dearest.',
  'gate:policy:architect-telemetry':
    "The telemetry of an .architect.yaml counts where it is the operator's own policy and nothing else names any; never a repository's.",
  'gate:policy:triggers': 'A push that would start a workflow with secrets or a deployment needs a human.',
  'gate:policy:extends': 'A policy can only tighten what it extends.',
  'gate:policy:quality-gates': 'A pull request needs every required quality gate green on its tree.',
  'gate:policy:hooks': 'Hooks of the operator hear what happened once, and one that blocks fails closed.',
  'gate:policy:waivers': 'A waiver lifts exactly one rule for one incident, proved, recorded and until it expires.',
  'gate:policy:architect-gates': 'Gates and rules of code of an .architect.yaml are enforced, or the file is refused.',
  'gate:policy:architect-operator': 'An .architect.yaml that the operator gives is the base of the policy.',
  'gate:policy:architect-repository': 'An .architect.yaml found in the repository can only tighten.',

  // State and records.
  'state:folder:lazy': 'The state folder appears with the first write, readable by its owner alone.',
  'state:folder:shared': 'Several server processes share one state folder.',
  'state:crash:truth':
    'After kill -9 at any moment the records are true: nothing lost, nothing doubled, no half-applied patch.',
  'state:events:order': 'The events of all chains can be read in the order in which all processes wrote them.',
  'state:events:told': 'The writer of an event is told of it once it is kept, and of nothing that is not.',
  'state:timeline:once': 'A server reads each event of an incident once, so that a call costs the same after many.',
  'state:chain:append-only': 'The timeline is append-only and hash-chained.',
  'state:heads:signed': 'With an enforced guard the end of each chain is signed; with an advisory one nothing is.',
  'state:heads:verified': 'fixgate audit verify names each head that is unsigned or wrongly signed, and exits with 1.',
  'state:heads:truncated': 'An end that was cut off is noticed although an older head was truly signed.',
  'state:heads:private': 'A key that other accounts may read is refused, with what to do.',
  'state:chain:verified': 'fixgate audit verify notices a record that was changed, removed, reordered or cut off.',
  'state:writes:flushed':
    'What is answered is flushed to the disk before; a patch and its admission are flushed with the end of its call.',
  'state:calls:steady': 'What a call asks of the records costs the same after many incidents and calls.',
  'state:errors:named': 'A damaged, locked, full or newer state is named with what to do.',

  // The workspace.
  'workspace:checkout:untouched': "Nothing is ever written into the user's repository.",
  'patch:corpus:npm':
    'Edits between npm releases, spoilt as agents spoil them, land where they belong or are refused, never elsewhere.',
  'patch:corpus:git': "The fixtures of git's own tests for git apply give the same results here.",
  'workspace:patch:formats': 'A patch may be a unified diff, a *** Begin Patch envelope or SEARCH/REPLACE blocks.',
  'workspace:patch:edits': 'A change may be a list of old and new texts, whole files, deletions and new names.',
  'workspace:patch:base':
    'A hash in base that is not that of the file is refused with the real one; a true one proves line numbers.',
  'workspace:patch:repeat':
    'A patch that is sent again is answered with its first result, writes nothing and costs nothing.',
  'workspace:patch:idempotency-key':
    'A key sent again with the same change answers the first result, with another change it is refused.',
  'workspace:patch:free-mistakes': 'A patch that does not parse, does not fit or changes nothing costs no attempt.',
  'workspace:patch:place': 'A hunk changes the one place that its old lines fit, or nothing.',
  'workspace:patch:drift':
    'In every form a diff gives the edited file, also after drift that is tolerated, and is refused where it fits twice.',
  'workspace:patch:damaged': 'A damaged patch is applied where it belongs, or refused by a code that says why.',
  'workspace:patch:begin-patch':
    'The *** Begin Patch form does what its first applier does, but for overwriting, half a patch and additions without a place.',
  'workspace:patch:errors':
    'An error holds for each of three hunks what differs, the real lines and a fix, and in all one sentence to go on by.',
  'workspace:patch:unseen': 'No error shows a line of a protected file, nor which guess about one was right.',
  'workspace:patch:all-or-nothing': 'A patch applies as a whole or not at all, and is judged on the applied result.',
  'workspace:patch:conflict': 'A patch made for a tree that moved meanwhile is a conflict.',
  'workspace:patch:hash': 'diff_hash is the hash of the net diff from the base commit to the tree.',
  'workspace:tree:isolated':
    'Each incident has its own tree; a worktree is rebuilt from the records, whatever a test run left in it.',
  'workspace:tree:rebuilt':
    'The tree of an incident is made again from its base commit and the stored patches wherever its clone was lost.',
  'workspace:repository:kinds':
    'Bare, shallow, sha256 and borrowing repositories, worktrees and URLs work; empty, partial and damaged ones are refused with a reason.',
  'workspace:repository:submodules': 'Submodules stay as they are, and no patch changes one.',
  'workspace:repository:lfs': 'A file in Git LFS is not patched, because the repository holds only a pointer to it.',
  'workspace:prune:safe': 'A clean-up removes only what can be made again, and nothing that is in use.',
  'workspace:git:sessions': 'Git processes that stay are started again when they die, and end with their server.',
  'workspace:patch:counts': 'Changed lines are counted as git counts them.',
  'workspace:git:no-hooks': 'Hooks, filters and configuration of the repository run nothing on the server.',
  'tests:base:classes': 'Each failing test is new, preexisting or flaky by what the same tests do on the base commit.',
  'tests:base:fixed': 'Tests that failed on the base commit each time and pass now are named as fixed.',
  'tests:base:confirmed':
    'A test is called fixed only when it passes twice more in fresh processes; one that fails then makes the run flaky.',
  'tests:base:edited': 'A fixed test that fails with the test files of the base commit is told from one that is proof.',
  'tests:base:flaky': 'A failing test that passes when it is run again alone is flaky, and a flaky run is not green.',
  'tests:base:selection': 'The base commit runs the same selection, without test files that are not there.',
  'tests:base:cached': 'What the base commit said to a selection is kept, and asked again by every later run.',
  'tests:base:same': 'A run on the base commit itself says so, finds only preexisting failures, and serves later runs.',
  'tests:base:lost':
    'A run without new failures names the tests that ran on the base commit and are skipped or gone, and the change is then of high risk.',
  'tests:base:limit': 'The base commit and the re-runs have limits of their own and never take time from the suite.',
  'tests:base:charged': 'test_seconds are charged for the suite, the base commit and the re-runs.',
  'tests:base:phase': 'Progress and polls tell whether the suite, the base commit or the re-runs are running.',
  'tests:base:advice': 'The summary says what to do about a run that is not green.',
  'tests:base:waiver': 'Failures that are all on the base commit too are a rule of its own, which a human may waive.',
  'tests:scope:failed': 'Scope failed runs exactly what failed in the last run, and scope target what is named.',
  'tests:failures:told':
    'A failure tells its class, its frames inside the repository, what was compared, and whether its file could be loaded.',
  'tests:coverage:changed': 'Changed lines that no test ran are named where the suite writes a coverage report.',
  'tests:report:before-after':
    'Report and pull request show what failed before and passes now, and the command of the suite alone.',
  'tests:report:reproduced':
    'Report, post-mortem and pull request name a test that was added, failed before the fix and is as it was when its suite is green.',
  'workspace:tests:declared': 'Declared suites are an argv that runs without a shell.',
  'workspace:tests:detected':
    'Without a declaration npm scripts, node --test, vitest, jest, mocha, pytest, go test and cargo test are detected.',
  'workspace:tests:affected': 'Affected tests are chosen from the change, and all run where the choice is unsure.',
  'workspace:tests:affected-python':
    'Affected tests of pytest are the files that reach the change by imports, with every conftest.py and dotted name.',
  'workspace:tests:affected-go':
    'Affected tests of go are the packages that import the change, tests of other packages included.',
  'workspace:tests:affected-cargo': 'Affected tests of cargo are the changed crates and those that depend on them.',
  'workspace:tests:affected-jvm':
    'Affected tests of Maven and Gradle are those of the changed modules and of the modules that depend on them.',
  'workspace:tests:affected-names':
    'Affected tests of RSpec and PHPUnit are those that are named like the change, which the selection says.',
  'workspace:tests:projects':
    'A repository whose root does not say how it is tested has one suite for each of its projects.',
  'workspace:tests:reports':
    'The report of each runner is read case by case, and tests are named as the runner knows them.',
  'workspace:tests:frames': 'A failure names at most five frames, all of them inside the repository, innermost first.',
  'workspace:tests:exact': 'Single tests are run by their exact names, which are never read as options or patterns.',
  'workspace:tests:ended-early': 'A program that ends itself before its tests are done does not pass.',
  'workspace:tests:verdict': 'A verdict is green only when the report, the output and the exit code agree.',
  'workspace:tests:two-words': 'A report without failures is not believed where its runner printed another outcome.',
  'workspace:tests:outlive': 'A test run outlives its caller and is found again by its job_id.',
  'workspace:tests:killed': 'The whole process tree of a test run dies at its time limit and on cancellation.',
  'workspace:tests:no-credentials': "Tests see nothing of the server's environment.",
  'workspace:tests:stalled': 'The process of a test run that does nothing but read what tests wrote is ended.',
  'sandbox:ladder:probed':
    'A server tries at its start how well test runs are kept apart here, and warns where that is not enough.',
  'sandbox:attacks:programs':
    'Hostile tests reach no blocked program by copies, links, memory, linkers, system calls or other environments.',
  'sandbox:attacks:network':
    'Hostile tests reach no socket of the machine or of its host, no keyring, no terminal and no other process.',
  'sandbox:attacks:files': 'Hostile tests neither read nor change anything of the machine but their tree.',
  'sandbox:attacks:descriptors': 'Tests inherit no open file of the server, nor of whoever started it.',
  'sandbox:limits:disk': 'A run that takes more of the disk than its limit is ended, and says so.',
  'workspace:tests:output': 'Output is capped, keeping head and tail.',
  'workspace:tests:dependencies':
    'Dependencies of the base are reused while the lockfile is the same, and no run changes those of the next.',
  'workspace:install:authority':
    "What has network trusts the certificate authorities of the operator's environment, and sees nothing else of their files.",
  'workspace:tests:install':
    'Dependencies that no checkout has are installed from the lockfile of the base commit, once, without scripts and without credentials.',
  'workspace:tests:install-own':
    'Dependencies that one configuration installs by its own command serve no run under another one, and prove nothing there.',
  'workspace:tree:overlay':
    'Where the kernel allows it a tree is mounted over a prepared checkout, which no run ever writes and no other process sees.',
  'workspace:tree:volatile': 'Mounting and unmounting a tree waits for no disk: what a run writes is thrown away.',
  'incidents:repository:identity':
    'Whatever is counted per repository is counted for all addresses of it: paths, links, worktrees, URLs, and clones that lead to the same remote.',
  'publish:branch:same-repository':
    'A branch is pushed to no other repository than the one in which its incident was opened.',
  'publish:branch:no-checkout':
    'No branch is pushed into a checkout, whichever address leads to it: its own remote gets it.',
  'workspace:commit:exact': 'The commit holds exactly the patched paths on the base commit.',
  'workspace:commit:draft': 'A pull request that is a draft says why.',
  'workspace:commit:trailers':
    'Git reads the trailers of a commit: incident, severity, risk, diff, tests, trace, policy, client and rollback.',
  'workspace:commit:message':
    'Title, labels and commit message have the documented form, and no text from outside becomes markup or a trailer.',
  'workspace:push:foreign': 'A branch that somebody else changed is not overwritten.',

  // Code hosts.
  'hosts:local:document':
    'The local host pushes the branch and writes the pull request as a file, whose address it answers.',
  'hosts:github:one':
    'GitHub gets exactly one pull request per incident, after lost responses, 422s and concurrent calls.',
  'hosts:github:update': 'A second open_pr updates the same pull request.',
  'hosts:github:token': 'No message shows the token.',
  'fate:github:outcomes':
    'GitHub is asked whether a pull request was merged, closed or taken back by a later commit of its base branch.',
  'fate:github:trouble': 'A look at GitHub that fails says who can act, and waits out no limit.',
  'fate:git:outcomes':
    'Where there is no code host, git tells whether the base branch holds the change as it is, squashed or rebased, and whether it was taken back.',
  'fate:records:once': 'What became of a pull request is recorded once for each change of it, whoever asks.',
  'fate:look:seldom': 'An agent makes a code host be asked at most once a minute, and only by get_incident.',
  'fate:look:bounded': 'A code host that is slow or gone neither fails nor delays a call beyond a bound.',

  // The report.
  'report:outcome:forged': 'What an agent writes into a commit takes no other fix back.',
  'report:json:versions': 'A report says by which version of which package each configured provider asks.',
  'report:json:similar':
    'A report and a hand-over name other incidents of the repository with the same errors or title, and how they ended.',
  'report:json:agents': 'The report names every client that called, the first of them as architect does.',
  'report:records:policy':
    'A report names the policy that judged, as the records have it, and says where it has to name another.',
  'report:records:caps': 'A report has the caps that the last call was judged by, with what was granted since.',
  'report:records:suites': 'A report goes by the suites that were required when tests were last asked for.',
  'report:hand-over:earlier': 'An end that nobody proved hides no earlier hand-over: the report has both.',
  'report:json:schema':
    'The shipped JSON schema of report.json is the one that the code defines, and takes every report.',
  'report:json:architect': "report.json has every field of architect's report with the same meaning.",
  'report:json:complete':
    'report.json also holds incident, patch, test results, decisions, budget, pull request, trace id and timeline.',
  'report:json:jq': "One-liners of jq that were written for architect's report work on report.json.",
  'report:json:unknown-outcome': 'A call that never ended is reported with an unknown outcome.',
  'report:hand-over:complete': 'An escalated incident is reported with reason, what was tried and what is left to do.',
  'hand-over:tool:always':
    'The tool escalate hands an incident over whatever is spent, tripped, stopped or broken, and uses nothing.',
  'hand-over:tool:idempotent':
    'An incident is handed over once; what an agent says later is added three times at most, and a closed one stays closed.',
  'hand-over:tool:unknown':
    'Agents hand over five incidents a day and repository that nobody opened; they count against no real opening, and the answer names what may be meant.',
  'hand-over:tool:cheap':
    'An incident that is handed over again and again is answered without reading its whole record.',
  'hand-over:tool:harmless': 'What an agent says at a hand-over is cut, redacted and never executed.',
  'hand-over:package:complete':
    'The package has reason, severity, ten lines, diagnosis, suspects with author and pull request, place, budget, actions and trace.',
  'hand-over:package:told':
    'An incident whose budget is used up reaches the webhook with everything that a human needs.',
  'hand-over:package:attempts':
    'The package has the diff of every change that was tried, and the tests that failed on it.',
  'hand-over:package:later': 'What an agent says after the work has ended comes into the package too.',
  'hand-over:package:runbook': 'A hand-over names the runbook that the operator gave for the service.',
  'hand-over:package:risk': 'A hand-over for high risk names the approval that the work waits for.',
  'hand-over:package:rollback': 'A rollback is suggested first where the confidence in a deploy is 0.6 or more.',
  'hand-over:package:diagnosis':
    'The diagnosis says who says so: the agent, the analysis that came with the incident, or the ranking of deploys.',
  'hand-over:package:next':
    'A hand-over without a pull request names the command that brings the last change back, and says how its tests ended.',
  'hand-over:package:resume': 'The package names the exact command by which the work goes on, with what was used up.',
  'hand-over:branch:exact':
    "A handed-over change lies on a branch of the server's own clone, and the commands of the package bring exactly its tree; nothing is pushed.",
  'hand-over:branch:kept':
    'A clean-up keeps the branch that a handed-over incident is continued from until the incident is old.',
  'hand-over:branch:gone':
    'A report makes the branch to continue from again where the clone was removed, and says so where it cannot.',
  'hand-over:remediation:inert':
    'Suggested commands are drafted to a file of mode 0644 that refuses to run; no tool answers them.',
  'hand-over:remediation:quoted':
    'No value from outside becomes a command, an option or a line of its own in the drafted commands.',
  'hand-over:webhook:cloudevent': 'A webhook gets CloudEvents 1.0 of at most 64 KiB with a CDEvent as data.',
  'hand-over:webhook:environment':
    'An event names the environment of its incident, and `unknown` where nobody said one.',
  'hand-over:webhook:types':
    'A webhook hears of each opened incident, hand-over, resumption, end and pull request; Slack of hand-overs and what became of them.',
  'hand-over:webhook:end':
    'An end that nobody proved under this configuration is told as such, and ends nothing elsewhere.',
  'hand-over:webhook:own':
    'The receivers of each configuration are told, whatever those of another one were told of the same.',
  'hand-over:webhook:signed': 'Messages are signed with HMAC-SHA256 over id, time and body, as Standard Webhooks does.',
  'hand-over:slack:message': 'Slack gets each hand-over in short, with the commands to go on.',
  'hand-over:slack:attributed': 'Words of the agent are told as its own and unchecked in the hand-over for Slack.',
  'hand-over:slack:inert': 'No text from outside mentions anybody, links anywhere or formats anything in Slack.',
  'hand-over:outbox:durable':
    'What is to be told is kept in the transaction in which it happens, once for each receiver.',
  'hand-over:outbox:crash': 'When a process is killed before or while it sends, the next one sends.',
  'hand-over:outbox:behind': 'A receiver that is down, slow or refusing neither delays nor fails a call.',
  'hand-over:outbox:retried':
    'What was not taken is sent again, the same, later and later; the records and the log say so.',
  'hand-over:outbox:bounded': 'A message is given up after a bounded number of attempts.',
  'hand-over:outbox:once': 'Of several processes that look at the same time, one sends a message.',
  'hand-over:outbox:flush': 'A process that ends soon waits two seconds for receivers and leaves the rest to the next.',
  'report:impact:errors': 'The impact counts the errors of a read, not what else was logged.',
  'report:terminal:addresses':
    'At a terminal a report has addresses that can be copied; what is piped or written to a file links and names nobody.',
  'report:markdown:readable': 'The same report reads as Markdown, in which no text from outside becomes markup.',
  'report:github:form': 'For GitHub the report begins with OK, WARN or FAIL and the task, and folds its sections.',
  'report:evidence:cited': 'What was read is cited by query, window, source and the SHA-256 of what was kept.',
  'report:diagnosis:suspects':
    'The report names deploys and commits before the onset with their confidence, and no person.',
  'report:diagnosis:unknowns':
    'The report says what nobody knows: the onset, the cause, what was not read, whether the change works.',
  'report:diagnosis:one':
    'Report, hand-over, message and drafted commands blame the same deploy, and go back to what ran before that one.',
  'report:diagnosis:pull-request':
    'The cause that the agent gives with its pull request is in the report, as its unchecked words.',
  'report:next:operator':
    'Where the operator has to mend what open_pr failed of, the report says that before another try.',
  'report:next:approval': 'A question that waits for a human is what the report says to do next, with its command.',
  'report:remediation:now': 'Nothing is drafted for an incident that is not handed over now.',
  'report:actions:rollback-first':
    'A rollback is suggested first where a deploy is suspect; nothing that is suggested is executed.',
  'report:origins:said':
    'The report says which facts were measured, which were reported, by whom, and which are estimates.',
  'report:times:phases': 'The report says when each phase of an incident began, from the records, in UTC.',
  'report:approvals:told':
    'Every question to a human is in the report, with its answer, its wait and whether it is believed.',
  'report:trace:linked':
    "The report names the incident's trace, its root span, its page, and the traces that hosts sent.",
  'report:trace:everywhere': 'Every form of the report holds the trace id.',
  'report:junit:merged':
    'The test runs of an incident are one JUnit XML, with incident, diff hash and selection as properties.',
  'report:junit:counts': 'The counts of the JUnit XML are those of the runs, read back by the parser of test reports.',
  'report:junit:red': 'A run that was stopped, that broke or that never took place is an error in the JUnit XML.',
  'report:junit:hostile': 'The JUnit XML stays well-formed, and forges nothing, whatever tests are called.',
  'report:postmortem:google':
    "The post-mortem has the form of Google's, with facts filled in and judgement left to humans.",
  'report:postmortem:fields':
    'The post-mortem has date, duration, severity, impact, root cause, resolution, lessons, items and appendix.',
  'report:postmortem:actions': 'Action items of a post-mortem follow from the facts by fixed rules.',
  'report:outcome:own':
    'A pull request that was opened with other settings of the code host is told as such, and nothing follows from it.',
  'report:outcome:forms': 'Every form of the report says what became of the pull request, and when.',
  'report:diagnosis:judged': 'What a human says of the diagnosis when closing the incident is in the report.',
  'report:postmortem:reverted':
    'A commit of the clone that takes the merged fix back is found by its id, its title or its trailer.',
  'report:postmortem:blameless': 'The post-mortem names no person but where a text from outside does.',
  'report:postmortem:escaped': 'No text from outside becomes markup in a post-mortem.',
  'report:slack:status': 'The message for Slack says status, severity, duration, cause, actions and timeline.',
  'report:slack:attributed':
    'Words of the agent are shown as its own and unchecked in the message for Slack, and are never recommended.',
  'report:slack:limits': "The message for Slack keeps to Slack's limits, however long the texts are.",
  'report:slack:inert': 'Text from outside mentions nobody, links nothing and is no markup in Slack.',
  'report:guard:said': 'Report and pull request say how strong the guard was, why, and where the records end.',
  'report:guard:hooks': 'Report and doctor count the calls that hooks judged and refused.',
  'report:file:kept': 'With report.path the report file is rewritten after each call.',

  // The command line.
  'cli:call:json': 'fixgate call runs any tool through the same gate and prints the result or refusal as JSON.',
  'cli:call:waits': 'fixgate call waits for its test job unless wait_s is given.',
  'cli:call:stopped': 'SIGINT and SIGTERM end a call of fixgate call as cancelled, with its record.',
  'cli:exit:answered': 'Exit status 0: the call was answered, red tests included.',
  'cli:exit:refused': 'Exit status 1: the call was refused or failed.',
  'cli:exit:pending': 'Exit status 2: the call waits for an approval or is still running.',
  'cli:exit:usage': 'Exit status 3: wrong usage or configuration, with what to do.',
  'cli:help:snapshot': 'Commands and options change only together with a committed snapshot of their help.',
  'cli:report:ending': 'The ending of the output file chooses the form of a report, unless --format does.',
  'cli:report:file': 'A report is written to its file whole or not at all, and the folders above it are made.',
  'policy:explain:risk':
    'policy explain names every floor of risk with match or no match, and the rules that only the records of an incident can tell.',
  'cli:approvals:all':
    'fixgate approvals without an incident lists what waits for a human in all of them, with the next command.',
  'cli:approve:next': 'approve and reject say what happens next.',
  'cli:config:missing':
    'Where something is missing and no configuration was found, commands and doctor say first where it was looked for and how to name one.',
  'cli:doctor:checks': 'fixgate doctor checks git, the repository, the sandbox, the state and the clock.',
  'cli:doctor:providers': 'fixgate doctor tries every configured provider and says what to do about one that refuses.',
  'cli:doctor:unasked':
    'What keys may not read is no failure of fixgate doctor where no service names the source for it and the keys may read something else.',
  'cli:doctor:approvers': 'Doctor names the line of an approver whose key does not count now, or certifies others.',
  'cli:doctor:suites': 'Doctor says that the policy refuses a suite, before an agent runs it.',
  'cli:doctor:logs': 'fixgate doctor warns where no logs can be read, with the line to write into the configuration.',
  'cli:doctor:notify': 'fixgate doctor says how many messages were told, wait and were given up, and why.',
  'cli:doctor:usable-keys':
    'fixgate doctor names listed keys that its account can use without a human, and signs nothing to find out.',
  'cli:doctor:next-steps': 'fixgate doctor names the next step for each reason why the guard is advisory.',
  'cli:version:package': 'fixgate --version prints the version of the package.',

  // The configuration.
  'config:none:needed': 'Without a configuration the defaults work.',
  'config:problems:all': 'A broken configuration reports every problem at once, with the nearest known key.',
  'config:secrets:unused': 'Commands that only read the records ask for no secret of the configuration.',
  'config:secrets:at-once': 'Every header of telemetry whose secret is not there is named at once, by its path.',
  'config:secrets:by-reference': 'A secret is written as { env: NAME } or { file: PATH }, never as itself.',
  'config:notify:secure': 'Messages go to https only, or to this computer; keys and the address of Slack are secrets.',
  'config:environment:interpolated':
    '${NAME} is replaced in any other string; a variable that is not set is a problem.',

  // The house.
  'house:demo:end-to-end':
    'npm run demo plays an incident from its logs to its pull request, and another to its hand-over.',
  'house:package:installed': 'The packed package installs into an empty folder and serves a tool call.',
  'house:package:node-version': 'An older Node.js is told in one line which version is needed.',
  'house:architecture:imports': 'Folders import only what the import table allows.',
  'house:docs:fresh': 'Generated documentation is up to date.',
  'house:docs:links': 'Every relative link in the documentation leads somewhere.',
  'house:docs:carried': 'The installed package carries every page that its messages and files name.',
  'house:docs:commands': 'Every command line in the documentation names an existing command and its options.',
  'house:docs:examples': 'Every configuration and policy in the documentation loads.',
  'house:units:covered': 'Each unit, bound and order of a vendor that differs from ours has a test that names it.',
  'house:requirements:covered': 'Every promise has a test that cites it.',
  'house:mcp-json:pasted': 'mcp.json registers the server over stdio and HTTP.',

  // Traces: what leads from the alert to the merge.
  'telemetry:traces:off': 'Nothing is exported unless asked for, and then no code of an exporter is loaded.',
  'telemetry:traces:vector':
    'The trace id of an incident follows from its id: INC-1 is 721191b6cc82d409539fb6ce45480dca.',
  'telemetry:traces:connected':
    'All that servers, commands and test jobs do for an incident is one connected trace below one root span.',
  'telemetry:traces:otlp': 'Spans are exported over OTLP by gRPC and by HTTP, with headers that come from secrets.',
  'telemetry:traces:attributes':
    'Spans are named and described by the semantic conventions for MCP, CI/CD and version control.',
  'telemetry:traces:deployments':
    'The span of a read of deploys names the likeliest one, and each in an event, without what an address may hide.',
  'telemetry:traces:cases':
    'The span of a test run names its test cases and how they ended, failing ones first, up to 100.',
  'telemetry:traces:records':
    'Spans that are made from records are exported by one process; what did not arrive is told again as the same span.',
  'telemetry:traces:hooks': 'What hooks decide is in the trace of the incident, exported by another process.',
  'telemetry:traces:verbs': 'What humans do by command is in the trace of the incident, and names nobody.',
  'telemetry:traces:found': 'What one process finds out of an incident is on the spans of all.',
  'telemetry:traces:repeated':
    'A span whose arrival nobody confirmed may be sent again, as the same span; nothing is told under two ids.',
  'telemetry:traces:evaluations':
    'A pull request that was accepted, refused or taken back, and the word of a human on the diagnosis, are evaluation events.',
  'telemetry:traces:usage': 'What a host says in _meta that its model used is an event of the span, and nothing else.',
  'telemetry:traces:denied': 'A refusal by policy is a failed call that names its rule, and an evaluation that worked.',
  'telemetry:traces:parents':
    "A caller's span is the parent: of _meta, the header, the environment or an argument, in this order; the incident is linked.",
  'telemetry:traces:results':
    'Every result names its span in _meta, also of initialize and server/discover; a ping is answered with nothing.',
  'telemetry:actor:client':
    'A call is recorded under the name that its client gives itself, cleaned and bounded; it decides nothing.',
  'telemetry:traces:provider':
    'A query of a back end is a client span with the server and the status, and without its address.',
  'telemetry:traces:suites':
    "A repository's tests see neither the collector's address nor its headers; with traces on they see the span they run in.",
  'telemetry:traces:git':
    'Git gets the span that it is started in, where spans are exported, and nothing of the caller.',
  'telemetry:traces:content': 'Arguments and answers are told only when asked for, and then redacted.',
  'telemetry:traces:redacted': 'Every text of a span passes the redactor before it leaves the process.',
  'telemetry:traces:trouble':
    'A collector that is down, slow or refusing delays neither a call nor the end of the process, and is told of once.',
  'telemetry:traces:dropped': 'A bounded number of spans waits for the collector; what is dropped is counted.',
  'telemetry:traces:variables':
    "OpenTelemetry's own environment variables are obeyed where the configuration is silent.",
  'telemetry:traces:json-file':
    "json-file appends lines in architect's shape to a file that only this account can read.",
  'telemetry:metrics:otlp': 'The durations of operations and sessions are pushed over OTLP where that is asked for.',
  'telemetry:traces:console': 'console writes to standard error, never to standard output.',

  // Metrics and the log.
  'telemetry:metrics:records':
    'Metrics come from the records: the same in every process, with what commands, hooks and test jobs did.',
  'telemetry:metrics:scraped':
    '/metrics tells what every process of the state folder has done, to callers with the token.',
  'telemetry:metrics:calls': 'Every call is counted once, by tool and by how it ended.',
  'telemetry:metrics:decisions': 'Decisions are counted by decision, rule and tool, and objections by rule.',
  'telemetry:metrics:budgets': 'What is spent is counted as it was used, and what is refused for want of a budget.',
  'telemetry:metrics:breakers': 'Breakers are counted when they refuse, hand over, or stop everything.',
  'telemetry:metrics:providers': 'Each question to a provider is counted and timed, by how it ended.',
  'telemetry:metrics:phases': 'The time that incidents stay in each phase is measured, by severity.',
  'telemetry:metrics:risk': 'The risk of a change is counted when it is published, and only then.',
  'telemetry:metrics:outcomes':
    'Patches, test verdicts, pull requests, approvals, notifications and what was dropped are counted.',
  'telemetry:metrics:escalations': 'Hand-overs are counted by a reason out of a closed set.',
  'telemetry:metrics:labels':
    'No label has unbounded values: no incident, no path, at most 200 rules, and names from outside are one.',
  'telemetry:dropped:counted': 'What telemetry gives up is put on record and counted.',
  'telemetry:textfile:whole':
    "The file for node_exporter is whole at all times, readable for the collector, and written at the server's end.",
  'telemetry:textfile:shared': 'Servers that share a state folder share one file, in which no number goes back.',
  'telemetry:textfile:failing':
    'A file of metrics that cannot be written is told about once, fails no call, and is tried again.',
  'telemetry:dashboard:answers': 'Every query of the shipped dashboard has an answer of a real Prometheus.',
  'telemetry:alerts:evaluate': 'A real Prometheus evaluates the shipped alerts while a server works.',
  'telemetry:alerts:tested': 'The shipped alerts are raised when they should be, and by a quiet server never.',
  'telemetry:log:stderr': 'A server logs to standard error, as lines of JSON that a program can read.',
  'telemetry:log:json': 'A line of the log has time, level, message and fields.',
  'telemetry:log:decisions': 'Each decision about a call is one line of the log; a denial is a warning.',
  'telemetry:log:trace': 'A line of the log names the trace and the span of the call that it is about.',
  'telemetry:log:redacted': 'Nothing secret is in the log.',
  'telemetry:log:level': 'log.level chooses how bad a line must be to be written.',
  'telemetry:log:human': 'At a terminal the log is plain lines for people.',
  'telemetry:log:never-waits':
    'A standard error that is closed or that nobody reads costs lines, but no call and no end of the process.',
};
