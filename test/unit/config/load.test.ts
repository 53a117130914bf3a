import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig } from '#config/load.ts';
import type { Environment } from '#config/secret.ts';
import { FixgateError } from '#domain/errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fixgate-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string, environment: Environment = {}, tools?: readonly string[]) {
  writeFileSync(join(folder, 'fixgate.yaml'), yaml);
  return loadConfig({ workingDirectory: folder, path: undefined, environment, ...(tools && { tools }) });
}

function problemsOf(yaml: string, environment: Environment = {}, tools?: readonly string[]): readonly string[] {
  try {
    load(yaml, environment, tools);
  } catch (error) {
    if (error instanceof FixgateError && error.code === 'misconfigured') return error.evidence['problems'] as string[];
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  it('is not needed [config:none:needed]', () => {
    const config = loadConfig({ workingDirectory: folder, path: undefined, environment: {} });
    expect(config).toMatchObject({ folder, sources: [], httpToken: undefined, secrets: [] });
    expect(config.codeHost.provider.id).toBe('local');
    expect(config.file.incidents.open_by_agents).toBe('stdio');
  });

  it.each(['', '# only a comment', '---'])('may be empty: %j', (yaml) => {
    expect(load(yaml).file.version).toBe(1);
  });

  it('must exist when it is named', () => {
    expect(() => loadConfig({ workingDirectory: folder, path: 'other.yaml', environment: {} })).toThrow(
      expect.objectContaining({ code: 'misconfigured', message: expect.stringContaining('the file does not exist') }),
    );
  });

  it('must be a file', () => {
    mkdirSync(join(folder, 'fixgate.yaml'));
    expect(() => loadConfig({ workingDirectory: folder, path: undefined, environment: {} })).toThrow(
      expect.objectContaining({ code: 'misconfigured', message: expect.stringContaining('the file cannot be read') }),
    );
  });

  it('tells of every problem at once, with a wrong shape hiding none, and of nothing that only follows [config:problems:all]', () => {
    const yaml = `
surces: {}
policy: rules/none.yaml
http: { token: { env: NO_TOKEN }, allowed_hosts: [7] }
telemetry: { traces: otpl }
notify: { webhook: { url: nowhere, secret: { env: NO_SECRET } }, slack: { url: { env: NO_SLACK } } }
services: { shop: { logs: { source: app } } }
tools: { enabled: [get_incidents, 7] }
`;
    const found = problemsOf(yaml, {}, ['get_incident']);
    const expected = [
      'surces: unknown key; did you mean "sources"?',
      `policy: ${join(folder, 'rules/none.yaml')} cannot be read; name a readable file`,
      expect.stringMatching(/^http\.allowed_hosts\[0\]: must be a text/),
      expect.stringMatching(/^telemetry\.traces: must be one of .*; did you mean otlp\?/),
      expect.stringMatching(/^notify\.webhook\.url: /),
      expect.stringMatching(/^tools\.enabled\[1\]: must be a text/),
      expect.stringMatching(/^http\.token: .*NO_TOKEN is not set/),
      expect.stringMatching(/^notify\.slack\.url: .*NO_SLACK is not set/),
      'tools.enabled: get_incidents is no tool; did you mean "get_incident"?',
    ];
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toHaveLength(expected.length);
  });

  it('tells of the settings of a source although its secret is not there [config:problems:all]', () => {
    const source = '{ provider: prometheus, url: 7, tken: 1, token: { env: NO_TOKEN } }';
    expect(problemsOf(`sources: { prom: ${source} }`)).toEqual([
      expect.stringMatching(/^sources\.prom\.token: .*NO_TOKEN is not set/),
      expect.stringMatching(/^sources\.prom\.url: /),
      'sources.prom.tken: unknown key; did you mean "token"?',
    ]);
  });

  it('brings the text of the policy that it names', () => {
    writeFileSync(join(folder, 'own.yaml'), 'version: 1\n');
    expect(load('policy: own.yaml').policy).toEqual({ file: join(folder, 'own.yaml'), text: 'version: 1\n' });
    expect(load('version: 1').policy).toBeUndefined();
  });

  it('does not tell of a service that its source is missing where that source is only wrong [config:problems:all]', () => {
    const services = 'services: { shop: { logs: { source: app }, metrics: { source: prom } } }';
    expect(problemsOf(`sources: { app: { paths: [a] } }\n${services}`)).toEqual([
      'sources.app.provider: is missing',
      'services.shop.metrics.source: prom is not an entry of sources',
    ]);
    expect(problemsOf(`sources: 7\n${services}`)).toEqual(['sources: must be an object']);
  });

  it.each([
    ['{ prt: 80 }', 'ready.prt: unknown key; did you mean "port"?'],
    ['{ port: eighty }', 'ready.port: must be a number'],
    ['{}', 'ready: must be { port } or { argv }'],
    ['soon', 'ready: must be { port } or { argv }'],
  ])('tells of a service that is ready by %s what is meant [config:problems:all]', (ready, problem) => {
    const service = `{ argv: [db], ready: ${ready} }`;
    expect(problemsOf(`suites: { unit: { argv: [npm, test], services: { db: ${service} } } }`)).toEqual([
      `suites.unit.services.db.${problem}`,
    ]);
  });

  it.each([
    ['text', 'hello'],
    ['a list', '- a'],
    ['the same key twice', 'version: 1\nversion: 1'],
    ['two documents', 'version: 1\n---\nversion: 1'],
    ['broken', 'a: [1'],
  ])('that is %s is refused', (_, yaml) => {
    expect(problemsOf(yaml)).not.toEqual([]);
  });

  it.each([
    ['polcy: x.yaml', 'polcy: unknown key; did you mean "policy"?'],
    ['tools: { enable: [] }', 'tools.enable: unknown key; did you mean "enabled"?'],
    ['incidents: { open_by_agent: never }', 'incidents.open_by_agent: unknown key; did you mean "open_by_agents"?'],
    ['services: { orders: { reposiory: x } }', 'services.orders.reposiory: unknown key; did you mean "repository"?'],
    ['services: { orders: { logs: { sorce: x } } }', 'services.orders.logs.sorce: unknown key; did you mean "source"?'],
    ['suites: { unit: { argv: [npm], timeout: 3 } }', 'suites.unit.timeout: unknown key; did you mean "timeout_s"?'],
    ['sources: { logs: { provider: fils } }', 'sources.logs.provider: fils is unknown; did you mean "files"?'],
    ['sources: { logs: { provider: files, path: [x] } }', 'sources.logs.path: unknown key; did you mean "paths"?'],
    ['code_host: { provider: githib }', 'code_host.provider: githib is unknown; did you mean "github"?'],
  ])('%s: the nearest key is named [config:problems:all]', (yaml, problem) => {
    expect(problemsOf(yaml)).toContain(problem);
  });

  it('says every problem at once, each with its place [config:problems:all]', () => {
    const problems = problemsOf(
      [
        'polcy: x',
        'repository: ${NOWHERE}',
        'incidents: { open_by_agents: sometimes }',
        'sources: { a: { provider: fils }, b: { provider: prometheus, url: nonsense, token: abc } }',
        'code_host: { provider: files, paths: [x] }',
      ].join('\n'),
    );
    const places = [
      'polcy: unknown key',
      'repository: the environment variable NOWHERE is not set',
      'incidents.open_by_agents: ',
      'sources.a.provider: fils is unknown',
      'sources.b.token: must be { env: NAME }',
      'code_host.provider: files cannot open pull requests; known: local, github',
    ];
    expect(places.filter((place) => !problems.some((problem) => problem.startsWith(place)))).toEqual([]);
  });

  it.each([
    ['constructor', 'tools: { constructor: 1 }'],
    ['__proto__', '__proto__: { policy: x }'],
    ['a name with a slash', 'sources: { a/b: { provider: files, paths: [x] } }'],
  ])('knows no key %s', (_, yaml) => {
    expect(problemsOf(yaml)).not.toEqual([]);
    expect(({} as Record<string, unknown>)['policy']).toBeUndefined();
  });
});

describe('services', () => {
  const sources = 'sources: { app-logs: { provider: files, paths: [x.log] }, wrong: { provider: fils } }\n';

  it('may name sources that can do what they are named for', () => {
    expect(
      load(
        'sources: { app-logs: { provider: files, paths: [x.log] } }\nservices: { orders: { logs: { source: app-logs } } }',
      ).file.services['orders']?.logs?.source,
    ).toBe('app-logs');
  });

  it.each([
    [
      'an unknown source',
      'services: { orders: { logs: { source: app-log } } }',
      'services.orders.logs.source: app-log is not an entry of sources; did you mean "app-logs"?',
    ],
    [
      'a source of the wrong kind',
      'services: { orders: { metrics: { source: app-logs } } }',
      'services.orders.metrics.source: app-logs is a files source, which has no metrics',
    ],
    [
      'a property of every object',
      'services: { orders: { logs: { source: constructor } } }',
      'services.orders.logs.source: constructor is not an entry of sources',
    ],
  ])('may not name %s', (_, yaml, problem) => {
    expect(problemsOf(sources + yaml)).toContain(problem);
  });

  it('are checked although something else in the file is wrong, and nothing hides anything [config:problems:all]', () => {
    const yaml = `sources:
  app-logs: { provider: files, paths: [x.log] }
  none: { paths: [x] }
  odd: { provider: prometheus }
services:
  orders: { logs: { source: app-log }, metrics: { source: app-logs }, deploys: { source: none } }
  shop: { logs: [app-logs] }
tools: { enabled: [get_incident, open_prs] }
`;
    expect(problemsOf(yaml, {}, ['get_incident', 'open_pr'])).toEqual([
      expect.stringMatching(/^services\.shop\.logs: /),
      expect.stringMatching(/^sources\.none\.provider: /),
      expect.stringMatching(/^sources\.odd\.url: /),
      'services.orders.logs.source: app-log is not an entry of sources; did you mean "app-logs"?',
      'services.orders.metrics.source: app-logs is a files source, which has no metrics',
      'tools.enabled: open_prs is no tool; did you mean "open_pr"?',
    ]);
  });

  it('are not blamed for a source that is there and broken', () => {
    expect(problemsOf(`${sources}services: { orders: { logs: { source: wrong } } }`)).toEqual([
      'sources.wrong.provider: fils is unknown; did you mean "files"?',
    ]);
  });
});

it('paths in settings start from the folder of the configuration, those that may be left out as well', () => {
  const loki = '{ provider: loki, url: https://loki.example.com, ca: ca.pem }';
  const { sources } = load(`sources: { app: { provider: files, paths: [x.log] }, loki: ${loki} }`);
  expect(sources.map(({ settings }) => [settings['paths'], settings['ca']])).toEqual([
    [[join(folder, 'x.log')], undefined],
    [undefined, join(folder, 'ca.pem')],
  ]);
});

describe('variables', () => {
  it('are put into values, once [config:environment:interpolated]', () => {
    const config = load('repository: ${BASE}/orders-${ENV}\nhttp: { allowed_hosts: ["${HOST}"] }', {
      BASE: '/srv',
      ENV: '${HOST}',
      HOST: 'fixgate.internal',
    });
    expect(config.file.repository).toBe('/srv/orders-${HOST}');
    expect(config.file.http.allowed_hosts).toEqual(['fixgate.internal']);
  });

  it('are not put into keys, and cannot write YAML', () => {
    expect(problemsOf('${KEY}: x', { KEY: 'policy' })).toEqual([expect.stringMatching(/^\$\{KEY\}: unknown key/)]);
    expect(load('repository: ${X}', { X: 'a\npolicy: evil' }).file).toMatchObject({ repository: 'a\npolicy: evil' });
    expect(load('repository: ${X}', { X: 'a\npolicy: evil' }).file.policy).toBeUndefined();
  });

  it('that are missing are all named, with their place [config:environment:interpolated]', () => {
    expect(
      problemsOf(
        'repository: ${A}\nhttp: { allowed_hosts: [x, "${B}"] }\nservices: { s: { repository: "${constructor}" } }',
      ),
    ).toEqual([
      'repository: the environment variable A is not set',
      'http.allowed_hosts[1]: the environment variable B is not set',
      'services.s.repository: the environment variable constructor is not set',
    ]);
  });

  it('may be empty', () => {
    expect(load('repository: "x${EMPTY}"', { EMPTY: '' }).file.repository).toBe('x');
  });
});

it('names every header of telemetry whose secret is not there, at once [config:secrets:at-once]', () => {
  const headers = 'headers: { authorization: { env: OTLP_TOKEN }, x-tenant: { env: TENANT }, x-set: { env: SET } }';
  expect(problemsOf(`telemetry: { traces: otlp, metrics: otlp, ${headers} }`, { SET: 'set-secret-1' })).toEqual([
    'telemetry.headers.authorization: the environment variable OTLP_TOKEN is not set',
    'telemetry.headers.x-tenant: the environment variable TENANT is not set',
  ]);
  expect(problemsOf(`telemetry: { ${headers} }`)).toEqual([]);
});

describe('secrets that nothing of this run uses', () => {
  const yaml = [
    'http: { token: { env: HTTP_TOKEN } }',
    'sources:',
    '  prom: { provider: prometheus, url: "http://127.0.0.1:9090", token: { env: PROM_TOKEN } }',
    '  loki: { provider: loki, url: "http://127.0.0.1:3100", selector: "{}", token: { file: missing.txt } }',
    'code_host: { provider: github, owner: acme, repo: shop, token: { env: GITHUB_TOKEN } }',
    "notify: { webhook: { url: 'https://a.example/x', secret: { env: HOOK } }, slack: { url: { env: SLACK } } }",
    'telemetry: { traces: otlp, headers: { authorization: { env: OTLP_TOKEN } } }',
    '',
  ].join('\n');
  const spared = (text: string, environment: Environment) => {
    writeFileSync(join(folder, 'fixgate.yaml'), text);
    return loadConfig({ workingDirectory: folder, path: undefined, environment, needsSecrets: false });
  };

  it('are not asked for, and what needs them is left out [config:secrets:unused]', () => {
    const config = spared(yaml, { PROM_TOKEN: 'prom-secret-1' });
    expect(config.sources.map(({ name }) => name)).toEqual(['prom']);
    expect(config).toMatchObject({ httpToken: undefined, notify: {}, telemetry: { traces: undefined } });
    expect(config.codeHost.provider.id).toBe('local');
    const SLACK = 'https://hooks.slack.com/services/T/B/x';
    expect(spared(yaml, { SLACK }).notify).toEqual({ slack: { url: SLACK } });
    expect(config.secrets).toEqual(['prom-secret-1']);
    expect(problemsOf(yaml, { PROM_TOKEN: 'prom-secret-1' })).toHaveLength(6);
  });

  it('hide no other problem [config:secrets:unused]', () => {
    expect(() => spared(`${yaml}polcy: x\n`, {})).toThrow(expect.objectContaining({ code: 'misconfigured' }));
    expect(() => spared('http: { token: hunter2 }', {})).toThrow(expect.objectContaining({ code: 'misconfigured' }));
    expect(() =>
      spared('sources: { prom: { provider: prometheus, url: "http://127.0.0.1:9090", token: abc } }', {}),
    ).toThrow(expect.objectContaining({ code: 'misconfigured' }));
  });
});

describe('secrets', () => {
  const http = (token: string) => `http: { token: ${token} }`;
  const prometheus = (token: string) =>
    `sources: { prom: { provider: prometheus, url: "http://127.0.0.1:9090", token: ${token} } }`;

  it('come from the environment and from files, and are known to the exit [config:secrets:by-reference]', () => {
    writeFileSync(join(folder, 'token.txt'), 'file-secret-1\n');
    const config = load(`${http('{ env: HTTP_TOKEN }')}\n${prometheus('{ file: token.txt }')}`, {
      HTTP_TOKEN: 'env-secret-1',
    });
    expect(config.httpToken).toBe('env-secret-1');
    expect(config.sources[0]?.settings['token']).toBe('file-secret-1');
    expect(config.secrets.toSorted()).toEqual(['env-secret-1', 'file-secret-1']);
  });

  it.each([
    ['themselves', 'hunter2'],
    ['by interpolation', '"${HTTP_TOKEN}"'],
    ['in a list', '[hunter2]'],
    ['as two references', '{ env: A, file: b }'],
  ])('are refused as %s, and never repeated [config:secrets:by-reference]', (_, token) => {
    for (const yaml of [http(token), prometheus(token)]) {
      const problems = problemsOf(yaml, { HTTP_TOKEN: 'env-secret-1' });
      expect(problems.join()).toContain(
        'must be { env: NAME } or { file: PATH }: secrets are never written in the configuration',
      );
      expect(problems.join()).not.toMatch(/hunter2|env-secret/);
    }
  });

  it('of one source are missed each by its own path [config:problems:all]', () => {
    const keys = 'api_key: { env: DD_API }, app_key: { file: app.key }';
    expect(problemsOf(`sources: { dd: { provider: datadog, site: datadoghq.eu, ${keys} } }`)).toEqual([
      'sources.dd.api_key: the environment variable DD_API is not set',
      'sources.dd.app_key: the file app.key cannot be read',
    ]);
  });

  it.each<[string, string, Environment, string]>([
    ['a variable that is missing', '{ env: NOPE }', {}, 'the environment variable NOPE is not set'],
    ['a variable that is empty', '{ env: EMPTY }', { EMPTY: '' }, 'the environment variable EMPTY is not set'],
    ['a variable of spaces', '{ env: EMPTY }', { EMPTY: ' \n' }, 'the environment variable EMPTY is not set'],
    ['a file that is missing', '{ file: nope.txt }', {}, 'the file nope.txt cannot be read'],
    ['a file that is empty', '{ file: empty.txt }', {}, 'the file empty.txt is empty'],
    ['a folder', '{ file: . }', {}, 'the file . cannot be read'],
  ])('of %s stop the start', (_, token, environment, problem) => {
    writeFileSync(join(folder, 'empty.txt'), '\n');
    expect(problemsOf(http(token), environment)).toEqual([`http.token: ${problem}`]);
    expect(problemsOf(prometheus(token), environment)).toEqual([`sources.prom.token: ${problem}`]);
  });
});

describe('who is told', () => {
  const yaml = (webhook: string, slack = 'SLACK') =>
    `notify:\n  webhook: { url: '${webhook}', secret: { env: SECRET } }\n  slack: { url: { env: ${slack} } }\n`;
  const environment = {
    SECRET: 'sixteen-chars-or-more',
    SLACK: 'https://hooks.slack.com/services/T/B/x',
    PLAIN: 'http://hooks.slack.com/services/T/B/x',
    SHORT: 'short',
  };

  it('is nobody by default', () => {
    expect(load('').notify).toEqual({});
  });

  it.each(['https://hooks.example.com/fixgate', 'http://127.0.0.1:9000/x', 'http://localhost/x', 'http://[::1]:9000/'])(
    'may be %s, with secrets by reference that the exit knows [config:notify:secure]',
    (url) => {
      const { notify, secrets } = load(yaml(url), environment);
      expect(notify).toEqual({ webhook: { url, secret: environment.SECRET }, slack: { url: environment.SLACK } });
      expect(secrets).toEqual(expect.arrayContaining([environment.SECRET, environment.SLACK]));
    },
  );

  it.each([
    ['http://hooks.example.com/x', 'SLACK', /notify\.webhook\.url: must be an https address/],
    ['http://127.0.0.1.evil.example/x', 'SLACK', /https/],
    ['https://user:word@hooks.example.com/x', 'SLACK', /without a user or password/],
    ['file:///etc/passwd', 'SLACK', /https/],
    ['not an address', 'SLACK', /https/],
    ['https://hooks.example.com/x', 'PLAIN', /^notify\.slack\.url: must be an https address/m],
    ['https://hooks.example.com/x', 'MISSING', /^notify\.slack\.url: .*MISSING/m],
  ])('is never %s with Slack at %s [config:notify:secure]', (url, slack, problem) => {
    const problems = problemsOf(yaml(url, slack), environment);
    expect(problems.join('\n')).toMatch(problem);
    expect(problems.join('\n')).not.toContain('/services/T/B/x');
  });

  it('lacks each secret by its own path [config:problems:all]', () => {
    expect(problemsOf(yaml('https://a.example/x'))).toEqual([
      'notify.webhook.secret: the environment variable SECRET is not set',
      'notify.slack.url: the environment variable SLACK is not set',
    ]);
  });

  it('needs a secret that cannot be guessed, and none in the file itself', () => {
    const weak = "notify:\n  webhook: { url: 'https://a.example/x', secret: { env: SHORT } }\n";
    expect(problemsOf(weak, environment)).toEqual(['notify.webhook.secret: is shorter than 16 bytes']);
    const says = (SHORT: string) => problemsOf(weak, { ...environment, SHORT }).join();
    expect(says(`whsec_${'!'.repeat(40)}`)).toContain('not base64');
    expect(says(`whsec_${'A'.repeat(20)}`)).toContain('shorter than 16 bytes');
    expect(problemsOf(weak.replace('{ env: SHORT }', 'plain-text-secret-1234')).join()).toContain(
      'never written in the configuration',
    );
  });
});

it.each([
  ['no address', 'report: { trace_url: "tempo {trace_id}" }'],
  ['another scheme', 'report: { trace_url: "javascript:{trace_id}" }'],
  ['a user in it', 'report: { trace_url: "https://bot@tempo.example/{trace_id}" }'],
  ['no place for the id', 'report: { trace_url: "https://tempo.example/" }'],
])('the page of a trace with %s is refused', (_, yaml) => {
  expect(problemsOf(yaml).join()).toContain('report.trace_url');
  expect(load('report: { trace_url: "https://tempo.example/trace/{trace_id}" }').file.report.trace_url).toContain(
    '/trace/',
  );
});
