import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { cloudwatchLogs } from '#providers/cloudwatch-logs.ts';
import type { LogSource } from '#providers/sources.ts';

import type { FakeCloudWatch, StoredLine } from '../support/fake-cloudwatch.ts';
import { fakeCloudWatch, refuse } from '../support/fake-cloudwatch.ts';
import { leaveAfter, serveWithFaults } from '../support/faulty-server.ts';

const onset = Date.parse('2025-11-03T13:58:00.250Z');
const window = { since: onset, until: onset + 60_000 };
const live = new AbortController().signal;
const GROUP = '/app/checkout';

const line = (n: number, more: Partial<StoredLine> = {}): StoredLine => ({
  at: onset + n,
  message: JSON.stringify({ level: 'error', service: 'checkout', env: 'prod', msg: `payments timeout ${n}` }),
  ...more,
});
const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n));

let server: FakeCloudWatch;
let folder: string;
beforeEach(async () => {
  server = await fakeCloudWatch();
  folder = await mkdtemp(join(tmpdir(), 'fixgate-aws-'));
  // Nothing of the machine's own configuration may reach a test.
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_SESSION_TOKEN'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function source(more: Record<string, unknown> = {}): LogSource {
  const written = {
    region: 'eu-west-1',
    groups: [GROUP],
    endpoint: server.url,
    requests_per_s: 25,
    timeout_s: 10,
    ...more,
  };
  const made = cloudwatchLogs.capabilities.logs?.(cloudwatchLogs.settings.parse(written), { clock: systemClock });
  if (made === undefined) throw new Error('cloudwatch-logs has no logs');
  return made;
}

async function read(query: Partial<LogQuery> = {}, from = source(), signal = live) {
  const answer = { entries: [] as LogEntry[], warnings: [] as string[], truncated: false, scannedBytes: 0 };
  for await (const batch of from.read({ window, ...query }, signal)) {
    answer.entries.push(...batch.entries);
    answer.warnings.push(...(batch.warnings ?? []));
    answer.truncated ||= batch.truncated === true;
    answer.scannedBytes += batch.scannedBytes;
  }
  return answer;
}
const failure = (work: Promise<unknown> | undefined) =>
  (work ?? Promise.resolve()).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof FixgateError ? error : expect.unreachable(String(error))),
  );
const times = ({ entries }: { entries: readonly LogEntry[] }) => entries.map(({ at }) => (at ?? 0) - onset);

describe('reading events', () => {
  it('goes on over empty pages that carry a token [logs:cloudwatch:empty-pages]', async () => {
    server.lines = lines(5);
    server.emptyPages = 4;
    expect((await read()).entries).toHaveLength(5);
    expect(server.inputs('FilterLogEvents')).toHaveLength(5);
  });

  it('asks in milliseconds, both ends included, and from the newest on [logs:cloudwatch:units]', async () => {
    server.lines = [line(-1), line(0), line(59_999), line(60_000)];
    expect(times(await read())).toEqual([59_999, 0]);
    expect(server.inputs('FilterLogEvents')[0]).toEqual({
      logGroupName: GROUP,
      startTime: window.since,
      endTime: window.until - 1,
      startFromHead: false,
    });
  });

  it('reads windows before 2024 forwards, which is all that the service does, and still gives the newest', async () => {
    const old = Date.UTC(2023, 5, 1);
    server.lines = Array.from({ length: 7 }, (_, n) => line(0, { at: old + n * 2_000 }));
    server.pageEvents = 2;
    const answer = await read({ window: { since: old, until: old + 60_000 }, newest: 3 });
    expect(answer.entries.map(({ at }) => at)).toEqual([old + 12_000, old + 10_000, old + 8_000]);
    expect(answer.truncated).toBe(true);
  });

  it.each([
    [10, 9, true],
    [10, 10, false],
    [10, 11, false],
  ])(
    'of %i events reads the newest %i and knows whether there are more [logs:vendors:newest]',
    async (held, newest, truncated) => {
      server.lines = lines(held);
      server.pageEvents = 4;
      const answer = await read({ newest });
      expect(times(answer)).toEqual(
        lines(held)
          .map((_, n) => n)
          .toReversed()
          .slice(0, newest),
      );
      expect(answer.truncated).toBe(truncated);
    },
  );

  it('merges groups by time, by name, by ARN and by prefix [logs:cloudwatch:groups]', async () => {
    const arn = 'arn:aws:logs:eu-west-1:123456789012:log-group:/shared/psp';
    server.lines = Array.from({ length: 12 }, (_, n) =>
      line(n, { group: [GROUP, '/shared/psp', '/svc/a', '/svc/b'][n % 4] ?? '' }),
    );
    server.pageEvents = 2;
    const made = source({ groups: [GROUP, `${arn}:*`, '/svc/*'] });
    expect(times(await read({}, made))).toEqual(Array.from({ length: 12 }, (_, n) => 11 - n));
    const identifiers = server
      .inputs('FilterLogEvents')
      .map(({ logGroupName, logGroupIdentifier }) => logGroupName ?? logGroupIdentifier);
    expect(new Set(identifiers)).toEqual(new Set([GROUP, arn, '/svc/a', '/svc/b']));
    expect(made.explain?.({ window }).place).toBe(`eu-west-1: ${GROUP}, ${arn}, /svc/a, /svc/b`);
  });

  it('refuses prefixes that stand for more than 50 groups, or for none', async () => {
    server.lines = Array.from({ length: 51 }, (_, n) => line(n, { group: `/many/${n}` }));
    expect(await failure(read({}, source({ groups: ['/many/*'] })))).toMatchObject({ code: 'misconfigured' });
    expect((await failure(read({}, source({ groups: ['/none/*'] })))).message).toMatch(/No log group in eu-west-1/);
  });

  it('joins the lines of a trace within their stream, over the edges of pages [logs:cloudwatch:traces]', async () => {
    const trace = [
      'ERROR payments failed',
      'java.lang.IllegalStateException: no psp',
      '\tat com.acme.Psp.call(Psp.java:41)',
      'Caused by: java.net.ConnectException: refused',
      '\tat com.acme.Net.open(Net.java:7)',
    ];
    server.lines = trace
      .flatMap((message, n) => [
        { at: onset + 5_000 + n, stream: 'i-1', message },
        { at: onset + 5_000 + n, stream: 'i-2', message: JSON.stringify({ level: 'info', msg: `other ${n}` }) },
      ])
      .concat({ at: onset + 9_000, stream: 'i-1', message: '2025-11-03T13:58:09Z INFO done' });
    for (const pageEvents of [1, 2, 3, 100]) {
      server.pageEvents = pageEvents;
      const { entries } = await read();
      expect(entries.map(({ message }) => message)).toContain('other 3');
      const failed = entries.filter(({ raw }) => raw.includes('Net.java'));
      expect(failed.map(({ raw }) => raw.split('\n'))).toEqual([trace]);
      expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted((a = 0, b = 0) => b - a));
    }
  });

  it('keeps an event of several lines whole', async () => {
    server.lines = [{ at: onset, message: 'ERROR first\nno indent here\n  at x (y.js:1:2)\n' }];
    const { entries } = await read();
    expect(entries).toMatchObject([{ level: 'error', raw: 'ERROR first\nno indent here\n  at x (y.js:1:2)' }]);
  });

  it('gives one event whole by its origin, and none of another group [logs:vendors:event]', async () => {
    server.lines = [...lines(3), line(1, { group: '/secret' })];
    const [newest] = (await read()).entries;
    expect(await source().event?.(newest?.origin ?? '', live)).toEqual(newest);
    server.seen.splice(0);
    expect(await source().event?.((newest?.origin ?? '').replace(GROUP, '/secret'), live)).toBeUndefined();
    expect(await source().event?.('no origin', live)).toBeUndefined();
    expect(server.seen).toEqual([]);
  });
});

describe('what is asked', () => {
  it('pushes words, levels and filters down, and checks the answer again', async () => {
    server.lines = [
      line(1),
      line(2, { message: 'Payments TIMEOUT without fields' }),
      line(3, { message: '{"level":"info","msg":"payments timeout, later fine"}' }),
      line(4, { message: '{"level":"error","msg":"refund timeout"}' }),
    ];
    expect(times(await read({ text: 'payments timeout', level: 'warn' }))).toEqual([2, 1]);
    expect(times(await read({ level: 'warn' }))).toEqual([4, 2, 1]);
    expect(times(await read({ filters: ['timeout -refund'], level: 'warn' }))).toEqual([1]);
    expect(times(await read({ filters: ['{ $.level = "error" }', '{ ($.msg = "refund timeout") }'] }))).toEqual([4]);
    expect(server.inputs('FilterLogEvents').map(({ filterPattern }) => String(filterPattern).slice(0, 30))).toEqual(
      [
        '%[Pp][Aa][Yy][Mm][Ee][Nn][Tt][',
        String.raw`-" INFO " -"[INFO]" -"\"level\"`,
        'timeout -refund -" INFO " -"[I',
        '{ ($.level = "error") && (($.ms',
      ].map((text) => text.slice(0, 30)),
    );
  });

  it('counts with Logs Insights in whole seconds, to the millisecond [logs:vendors:counted]', async () => {
    server.lines = [line(-1), ...lines(5), line(59_999), line(60_000)];
    server.pending = ['Scheduled', 'Running'];
    expect(await source().count?.({ window }, live)).toBe(6);
    expect(await source().count?.({ window, text: 'timeout 3' }, live)).toBe(1);
    expect(server.inputs('StartQuery')[0]).toMatchObject({
      startTime: Math.floor(window.since / 1_000),
      endTime: Math.ceil(window.until / 1_000),
      logGroupIdentifiers: [GROUP],
    });
    expect(server.inputs('FilterLogEvents')).toEqual([]);
  });

  it('counts page by page where Insights is off or cannot express the filter', async () => {
    server.lines = lines(5);
    server.pageEvents = 2;
    expect(await source({ insights: 'off' }).count?.({ window }, live)).toBe(5);
    expect(await source().count?.({ window, filters: ['{ $.level = "error" }'] }, live)).toBe(5);
    expect(server.inputs('StartQuery')).toEqual([]);
  });

  it('searches a long window with Insights, and gives the same origins as page by page', async () => {
    server.lines = lines(8);
    const wide = { since: onset - 12 * 3_600_000, until: onset + 60_000 };
    const searched = await read({ window: wide, text: 'timeout', newest: 3 });
    expect(times(searched)).toEqual([7, 6, 5]);
    expect(searched).toMatchObject({ truncated: true, scannedBytes: 1_000 });
    expect(server.inputs('StartQuery')).toHaveLength(1);
    const paged = await read({ window: wide, text: 'timeout', newest: 3 }, source({ insights: 'counts' }));
    expect(paged.entries).toEqual(searched.entries);
  });

  it('stops a query that scans too much, and one whose caller is gone [logs:cloudwatch:stop-query]', async () => {
    server.pending = Array.from({ length: 100 }, () => 'Running');
    server.bytesScanned = 2e9;
    expect(await failure(source({ insights_max_gb: 1 }).count?.({ window }, live))).toMatchObject({
      code: 'invalid_input',
    });
    expect(server.stopped).toEqual(['q-1']);
    const caller = new AbortController();
    const polled = vi.waitUntil(
      () => server.inputs('GetQueryResults').some(({ queryId }) => queryId === 'q-2'),
      20_000,
    );
    void polled.then(() => caller.abort());
    expect(await failure(source().count?.({ window }, caller.signal))).toMatchObject({ code: 'cancelled' });
    expect(server.stopped).toEqual(['q-1', 'q-2']);
    expect(await failure(source({ timeout_s: 1 }).count?.({ window }, live))).toMatchObject({ code: 'timeout' });
    expect(server.stopped).toEqual(['q-1', 'q-2', 'q-3']);
  });

  it('says where a query cannot be read, and how to write it [logs:cloudwatch:query-position]', async () => {
    const error = await failure(read({ filters: ['filter status >== 500'] }));
    expect(error).toMatchObject({ code: 'invalid_input', evidence: { start: expect.any(Number) as number } });
    expect(error.message).toMatch(/at characters \d+ to \d+, "filter status >== 500": unexpected symbol/);
    expect(error.fix).toMatch(/filter status >= 500/);
  });

  it('names the query, its page and its place [logs:vendors:explained]', () => {
    const { native, uiUrl, place } = source().explain?.({ window, filters: ['ERROR'] }) ?? {};
    expect(native).toMatch(/^fields @timestamp.* \| filter @message like \/ERROR\/ \| sort @timestamp desc$/);
    expect(uiUrl).toBe(
      `https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fapp$252Fcheckout/log-events$3FfilterPattern$3DERROR$26start$3D${window.since}$26end$3D${window.until}`,
    );
    expect(place).toBe(`eu-west-1: ${GROUP}`);
  });
});

describe('regions and accounts', () => {
  it('never guesses a region, and sends nothing without one [logs:cloudwatch:region]', async () => {
    const error = await failure(read({}, source({ region: undefined })));
    expect(error).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('No AWS region') as string,
    });
    expect(server.seen).toEqual([]);
  });

  it('takes the region and the credentials of a profile, and says which region it is [logs:cloudwatch:region]', async () => {
    server.lines = lines(1);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    await writeFile(join(folder, 'config'), '[profile ops]\nregion = eu-west-1\n');
    const keys = 'aws_access_key_id = AKIDOFPROFILE\naws_secret_access_key = s\n';
    await writeFile(join(folder, 'credentials'), `[ops]\n${keys}`);
    const made = source({ region: undefined, profile: 'ops' });
    expect((await read({}, made)).entries).toHaveLength(1);
    expect(made.explain?.({ window }).place).toBe(`eu-west-1: ${GROUP}`);
    expect(server.seen.at(-1)?.headers.authorization).toContain('Credential=AKIDOFPROFILE/');
  });

  it('asks in the region of the environment, whatever the service makes of it', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect(await failure(read({}, source({ region: undefined })))).toMatchObject({ code: 'provider_rejected' });
    expect(server.seen[0]?.headers.authorization).toContain('/us-east-1/logs/');
  });

  it('refuses a group of another region', async () => {
    const groups = ['arn:aws:logs:us-east-1:123456789012:log-group:/app'];
    expect(await failure(read({}, source({ groups })))).toMatchObject({ code: 'misconfigured' });
    expect(server.seen).toEqual([]);
  });

  it('assumes a role with its external id, and again before its credentials expire [logs:cloudwatch:roles]', async () => {
    server.lines = lines(1);
    let assumed = 0;
    await using sts = await serveWithFaults(() => {
      assumed += 1;
      const expiration = new Date(Date.now() + 60_000).toISOString();
      const body = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE${assumed}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token-${assumed}</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
      return { status: 200, headers: { 'content-type': 'text/xml' }, body };
    });
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
    const role = { role_arn: 'arn:aws:iam::210987654321:role/read-logs', external_id: 'shared-42' };
    const made = source(role);
    await read({}, made);
    await read({}, made);
    const asked = new URLSearchParams(sts.seen[0]?.body);
    expect(asked.get('RoleArn')).toBe(role.role_arn);
    expect(asked.get('ExternalId')).toBe('shared-42');
    expect(sts.seen[0]?.headers.authorization).toMatch(/Credential=AKIDOFTESTS\/\d+\/eu-west-1\/sts\//);
    expect(server.seen[0]?.headers['x-amz-security-token']).toMatch(/^token-\d+$/);
    // They have a minute to live, which is less than the margin.
    expect(new Set(server.seen.map(({ headers }) => headers['x-amz-security-token'])).size).toBe(2);
    expect(server.seen.at(-1)?.headers.authorization).toContain(`Credential=ASIAROLE${assumed}/`);
  });

  it('says that credentials are missing, and which permission is [logs:vendors:probe]', async () => {
    server.lines = lines(1);
    expect(await source().probe?.(live)).toBe(
      `CloudWatch Logs in eu-west-1 reads ${GROUP}, the first of 1 log groups.`,
    );
    expect(server.inputs('FilterLogEvents')[0]).toMatchObject({ limit: 1 });
    server.fail(refuse('AccessDeniedException', 'User: u is not authorized to perform: logs:FilterLogEvents'));
    expect(await failure(source().probe?.(live))).toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining('logs:FilterLogEvents') as string,
    });
    server.fail(refuse('AccessDeniedException', 'not authorized'));
    expect((await failure(source().count?.({ window }, live))).fix).toContain('logs:StartQuery');
    expect(await failure(source({ groups: ['/missing'] }).probe?.(live))).toMatchObject({ code: 'misconfigured' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    expect(await failure(source().probe?.(live))).toMatchObject({ code: 'misconfigured' });
  });
});

describe('faults', () => {
  it.each([
    ['a reset', 'reset' as const],
    ['an error of the server', { status: 500, body: '{}' }],
    ['too many requests', refuse('ThrottlingException', 'Rate exceeded')],
    ['a late answer', { lateMs: 300 }],
  ])('gets over %s', async (_, fault) => {
    server.lines = lines(3);
    server.fail(fault);
    expect((await read()).entries).toHaveLength(3);
  });

  it.each([
    ['only resets', Array.from({ length: 9 }, () => 'reset' as const), 'provider_unavailable'],
    [
      'only throttling',
      Array.from({ length: 9 }, () => refuse('ThrottlingException', 'Rate exceeded')),
      'provider_unavailable',
    ],
    ['half an answer', Array.from({ length: 9 }, () => 'half' as const), 'provider_unavailable'],
    ['silence', ['hang' as const], 'timeout'],
  ])('ends with an error after %s [logs:vendors:faults]', async (_, faults, code) => {
    server.lines = lines(3);
    server.fail(...faults);
    expect(await failure(read({}, source({ timeout_s: code === 'timeout' ? 1 : 15 })))).toMatchObject({ code });
  });

  it('gives the pages that it read when a later one fails', async () => {
    server.lines = lines(6);
    server.pageEvents = 3;
    server.fail(undefined, ...Array.from({ length: 9 }, () => refuse('InvalidParameterException', 'bad token')));
    expect(await read()).toMatchObject({ truncated: true, entries: { length: 3 } });
  });

  it('cuts an event of 10 MB and says so', async () => {
    server.lines = [line(1, { message: `ERROR ${'x'.repeat(10_000_000)}` })];
    const { entries, scannedBytes } = await read();
    expect(entries[0]?.raw.length).toBeLessThan(66_000);
    expect(entries[0]?.raw).toMatch(/\+\d+ bytes\)$/);
    expect(scannedBytes).toBeGreaterThan(10_000_000);
  });

  it('ends a request on the wire when its caller is gone [logs:vendors:cancelled]', async () => {
    server.fail('hang');
    const caller = new AbortController();
    void leaveAfter(server.seen.length + 1, server, caller);
    expect(await failure(read({}, source(), caller.signal))).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned.length).toBe(1);
  });

  it('spreads its requests over time [logs:vendors:head-room]', async () => {
    server.lines = lines(8);
    server.pageEvents = 2;
    const before = Date.now();
    await read({}, source({ requests_per_s: 5 }));
    expect(Date.now() - before).toBeGreaterThanOrEqual(590);
  });
});
