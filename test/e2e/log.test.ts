import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it, vi } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, protectedPatch, reason } from '../support/incident-repository.ts';
import { hasProgram, missing } from '../support/needs.ts';
import type { LineServerProcess, Place } from '../support/server-process.ts';
import { fixgateEntry, initialize, parseLine, startLineServer } from '../support/server-process.ts';

const noFifo = missing('mkfifo', hasProgram('mkfifo'));
const noBubblewrap = missing('bubblewrap', hasProgram('bwrap'));

const call = (name: string, args: object) => ({ name, arguments: { incident_id: 'PD-1', ...args } });
const denied = call('apply_patch', { patch: protectedPatch, reason: `${reason} ghp_${'a1B2'.repeat(9)}` });

type Line = Readonly<Record<string, unknown>>;
const linesOf = (server: Pick<LineServerProcess, 'stderr'>): readonly Line[] =>
  server
    .stderr()
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => !isOfStart(line));
/** A machine may not keep test runs apart. */
const isOfStart = ({ message }: Line) => String(message).startsWith('Isolation is ');

async function atWork(repository: IncidentRepository, place: Place): Promise<LineServerProcess> {
  await repository.open('PD-1', '--severity', 'SEV2');
  const server = startLineServer(place);
  await initialize(server);
  return server;
}

describe('the log of a server', () => {
  it('is JSON on standard error, one line for each decision, that names the trace [telemetry:log:stderr, telemetry:log:decisions]', async () => {
    await using repository = await incidentRepository();
    await using server = await atWork(repository, repository.place);
    await server.request(1, 'tools/call', call('list_recent_deploys', {}));
    const answer = await server.request(2, 'tools/call', denied);
    const [allowed, refused, ...others] = await vi.waitUntil(
      () => (linesOf(server)[1] ? linesOf(server) : undefined),
      20_000,
    );

    expect(allowed).toMatchObject({
      level: 'info',
      decision: 'allow',
      tool: 'list_recent_deploys',
      incident_id: 'PD-1',
    });
    expect(refused).toMatchObject({
      level: 'warn',
      event: 'call.denied',
      decision: 'deny',
      rules: ['protected_files/k8s/production/**'],
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    const meta = answer.result?.['_meta'] as { readonly traceparent?: string } | undefined;
    expect(meta?.traceparent).toContain(refused?.['trace_id']);
    expect(others).toEqual([]);
    expect(server.stderr()).not.toContain('ghp_');
    expect(server.lines.every((line) => parseLine(line) !== undefined)).toBe(true);
  });

  it.skipIf(noBubblewrap)(
    `warns at the start where test runs cannot be kept apart as the policy asks${noBubblewrap ? ` (${noBubblewrap})` : ''} [sandbox:ladder:probed]`,
    async () => {
      await using repository = await incidentRepository();
      const inside = ['--unshare-user', '--disable-userns', '--dev-bind', '/', '/', '--'];
      const child = spawn('bwrap', [...inside, process.execPath, fixgateEntry, 'serve'], {
        ...repository.place,
        stdio: 'pipe',
      });
      const lines = createInterface({ input: child.stderr });
      const [line] = (await once(lines, 'line')) as [string];
      child.stdin.end();
      const [code] = await once(child, 'exit');

      expect(JSON.parse(line)).toMatchObject({
        level: 'warn',
        message:
          'Isolation is none, and the policy asks for partial: no test will run. Install bubblewrap and allow user namespaces, or lower sandbox.least in the policy.',
      });
      expect(code).toBe(0);
    },
  );

  it('has only what is as bad as log.level [telemetry:log:level]', async () => {
    await using repository = await incidentRepository();
    const place = await repository.configure({ log: { level: 'warn' } });
    await using server = await atWork(repository, place);
    await server.request(1, 'tools/call', call('list_recent_deploys', {}));
    await server.request(2, 'tools/call', denied);
    const lines = await vi.waitUntil(() => (linesOf(server)[0] ? linesOf(server) : undefined), 20_000);

    expect(lines.map(({ level }) => level)).toEqual(['warn']);
  });

  it('costs no call and no end of the process when its reader is gone [telemetry:log:never-waits]', async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1');
    const child = spawn(process.execPath, [fixgateEntry, 'serve'], { ...repository.place, stdio: 'pipe' });
    child.stderr.destroy();
    const answers = await answersOf(child, 3);
    child.stdin.end();
    const [code] = await once(child, 'exit');

    expect([answers, code]).toEqual([3, 0]);
  });

  it.skipIf(noFifo)(
    `costs neither when nobody reads it (${noFifo ?? 'a full pipe'}) [telemetry:log:never-waits]`,
    async () => {
      await using repository = await incidentRepository();
      await repository.open('PD-1');
      const pipe = fullPipe(join(repository.folder, 'stderr'));
      const child = spawn(process.execPath, [fixgateEntry, 'serve'], {
        ...repository.place,
        stdio: ['pipe', 'pipe', pipe],
      });
      const answers = await answersOf(child, 3);
      child.stdin?.end();
      const exited = await Promise.race([once(child, 'exit').then(([code]) => code as number), sleep(20_000, 'hangs')]);
      child.kill('SIGKILL');
      closeSync(pipe);

      expect([answers, exited]).toEqual([3, 0]);
    },
  );
});

/** How many of so many refused calls are answered. */
async function answersOf(child: Pick<ReturnType<typeof spawn>, 'stdin' | 'stdout'>, count: number): Promise<number> {
  if (!child.stdin || !child.stdout) throw new Error('The server has no pipes.');
  const lines = createInterface({ input: child.stdout });
  const send = (message: object) => child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'lines', version: '0.0.0' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  send({ id: 0, method: 'initialize', params });
  for (let id = 1; id <= count; id += 1) send({ id, method: 'tools/call', params: denied });
  let answers = 0;
  for await (const line of lines) {
    if ((parseLine(line)?.id ?? 0) > 0) answers += 1;
    if (answers === count) break;
  }
  return answers;
}

/** A pipe that takes nothing more, and that nobody reads. */
function fullPipe(file: string): number {
  execFileSync('mkfifo', [file]);
  const pipe = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(pipe, 'x'.repeat(4_096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return pipe;
}
