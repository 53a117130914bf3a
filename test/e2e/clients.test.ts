import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectArchitect } from '../support/architect-client.ts';
import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, protectedPatch, reason, offeredTools, remedy } from '../support/incident-repository.ts';
import type { ToolResult } from '../support/mcp-clients.ts';
import { clientKinds, connectClient, textOf } from '../support/mcp-clients.ts';
import type { HttpServerProcess } from '../support/server-process.ts';
import { fixgateEntry, startHttpServer, stdioTarget } from '../support/server-process.ts';

const inspector = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url),
);
const transports = ['stdio', 'HTTP'] as const;
const firstLineOfRefusal =
  /^DENIED\[protected_files\/k8s\/production\/\*\*\] .*k8s\/production\/orders\.yaml.* Nothing was done\. .+$/;

let repository: IncidentRepository;
let http: HttpServerProcess;
let incidents = 0;

beforeAll(async () => {
  repository = await incidentRepository();
  http = await startHttpServer(repository.place);
});

afterAll(async () => {
  await http[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

/** A new incident of a human, for one client to work on; on a branch of its own, or the same fix would have to wait for the one before. */
async function openIncident(): Promise<string> {
  const id = `PD-${(incidents += 1)}`;
  const base = `release-${incidents}`;
  repository.git('push', '--quiet', 'origin', `HEAD:refs/heads/${base}`);
  const rca = ['--rca', `OrderQueue.processQueue() leaks since ${repository.culprit}.`];
  await repository.open(id, '--base', base, '--severity', 'SEV2', '--service', 'orders', ...rca);
  return id;
}

/** Every fact of the structured part that the text does not tell. */
function missingFacts({ structuredContent, content }: ToolResult): unknown[] {
  const text = textOf({ content });
  const leaves = (value: unknown): unknown[] =>
    value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [value];
  return leaves(structuredContent).filter((leaf) => {
    const oneLine = String(leaf).replaceAll('\n', ' ⏎ ');
    return !text.includes(oneLine) && !text.includes(JSON.stringify(leaf));
  });
}

function expectRefusal(refused: ToolResult): void {
  expect(refused.isError).toBe(true);
  expect(refused.structuredContent).toBeUndefined();
  expect(refused.content.map(({ type }) => type)).toEqual(['text']);
  const lines = textOf(refused).split('\n');
  expect(lines[0]).toMatch(firstLineOfRefusal);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    effect: 'deny',
    code: 'policy_denied',
    rule_ids: ['protected_files/k8s/production/**'],
    retry: 'after_change',
  });
}

describe.concurrent('the SDK clients', () => {
  const pairs = transports.flatMap((transport) => clientKinds.map((kind) => ({ kind, transport })));

  it.each(pairs)(
    '$kind over $transport call every tool, to the pull request, and read a refusal [server:stdio:clients, server:http:clients, tools:results:two-forms, tools:refusals:form]',
    async ({ kind, transport }) => {
      const incident_id = await openIncident();
      const target = transport === 'stdio' ? stdioTarget(repository.place) : { url: http.url };
      await using client = await connectClient(kind, target);
      expect((await client.listTools()).map(({ name }) => name)).toEqual(offeredTools);

      for (const { tool, args } of remedy) {
        const result = await client.callTool(tool, { incident_id, ...args });
        expect(textOf(result)).toMatch(/^OK \S/);
        expect(result.isError).toBeFalsy();
        expect(missingFacts(result)).toEqual([]);
      }

      expectRefusal(await client.callTool('apply_patch', { incident_id, patch: protectedPatch, reason }));
      const end = await client.callTool('get_incident', { incident_id });
      expect(end.structuredContent).toMatchObject({ state: 'pr_open', changed_files: ['src/queue.js'] });
      expect(repository.hotfixBranches()).toContain(`hotfix/${incident_id}`);
    },
  );

  it('negotiate the newest protocol revision that they know', async () => {
    const versions: Record<string, string | undefined> = {};
    for (const kind of clientKinds) {
      await using client = await connectClient(kind, { url: http.url });
      versions[kind] = client.protocolVersion;
    }
    expect(versions).toEqual({
      'v2 auto': '2026-07-28',
      'v2 2026-07-28': '2026-07-28',
      'v2 legacy': '2025-11-25',
      v1: '2025-11-25',
    });
  });

  it.each(clientKinds)('%s is told of an unknown tool by a protocol error', async (kind) => {
    await using client = await connectClient(kind, { url: http.url });
    await expect(client.callTool('aply_patch', {})).rejects.toThrow(/no tool named "aply_patch".*apply_patch/);
  });
});

describe.concurrent('the client of architect', () => {
  it('calls every tool with nulls for what it leaves out [server:http:architect, tools:arguments:lenient]', async () => {
    const incident_id = await openIncident();
    const client = await connectArchitect(http.url);
    expect(client.sessionId).toBeUndefined();
    expect(client.tools.map(({ name }) => name)).toEqual(offeredTools);

    for (const { tool, args } of remedy) {
      const { success, output } = await client.callTool(tool, { incident_id, ...args });
      expect(output).toMatch(/^OK \S/);
      expect(success).toBe(true);
      expect(output.length).toBeLessThanOrEqual(8_000);
    }
    expect(repository.hotfixBranches()).toContain(`hotfix/${incident_id}`);
  });

  it('recognises a refusal although it does not read isError', async () => {
    const incident_id = await openIncident();
    const client = await connectArchitect(http.url);
    const { output } = await client.callTool('apply_patch', { incident_id, patch: protectedPatch, reason });
    expect(output.split('\n')[0]).toMatch(firstLineOfRefusal);
  });

  it('goes on after a restart of the server without initializing again [server:http:architect]', async () => {
    const incident_id = await openIncident();
    await using first = await startHttpServer(repository.place);
    const client = await connectArchitect(first.url);
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });

    await using second = await startHttpServer(repository.place, ['--port', new URL(first.url).port]);
    expect(second.url).toBe(first.url);
    expect(await client.callTool('get_incident', { incident_id })).toMatchObject({ success: true });
  });
});

describe.concurrent("the inspector's command line", () => {
  async function inspect(transport: (typeof transports)[number], args: readonly string[]) {
    const { cwd, env } = repository.place;
    const stateFolder = ['-e', `FIXGATE_STATE_DIR=${repository.stateFolder}`];
    const target =
      transport === 'stdio'
        ? [process.execPath, fixgateEntry, 'serve', '--transport', 'stdio', ...stateFolder]
        : [http.url, '--transport', 'http'];
    const argv = [inspector, '--cli', ...target, ...args, '--format', 'json', '-q'];
    const { exitCode, stdout, stderr } = await execa(process.execPath, argv, {
      cwd,
      env,
      extendEnv: false,
      reject: false,
    });
    return { exitCode, stdout, stderr };
  }
  const callOf = (tool: string, args: object) => {
    const call = ['--method', 'tools/call', '--tool-name', tool];
    return call.concat('--tool-args-json', JSON.stringify(args));
  };

  it.each([
    { transport: 'stdio', era: 'legacy' },
    { transport: 'stdio', era: 'modern' },
    { transport: 'HTTP', era: 'legacy' },
    { transport: 'HTTP', era: 'modern' },
  ] as const)(
    'finds no schema error over $transport in the $era era [tools:list:flat-schemas]',
    async ({ transport, era }) => {
      const listed = await inspect(transport, ['--protocol-era', era, '--method', 'tools/list', '--strict']);
      expect(listed).toMatchObject({ exitCode: 0 });
      const { result } = JSON.parse(listed.stdout) as { result: { tools: { name: string }[] } };
      expect(result.tools.map(({ name }) => name)).toEqual(offeredTools);
    },
  );

  it.each([
    { transport: 'stdio', era: 'legacy' },
    { transport: 'HTTP', era: 'modern' },
  ] as const)('calls every tool over $transport', async ({ transport, era }) => {
    const incident_id = await openIncident();
    const call = async ({ tool, args }: (typeof remedy)[number]) => {
      const called = await inspect(transport, ['--protocol-era', era, ...callOf(tool, { incident_id, ...args })]);
      expect(called).toMatchObject({ exitCode: 0 });
      const { result } = JSON.parse(called.stdout) as { result: ToolResult };
      expect(missingFacts(result)).toEqual([]);
    };
    await Promise.all(remedy.slice(0, 4).map(call));
    for (const step of remedy.slice(4)) await call(step);
    expect(repository.hotfixBranches()).toContain(`hotfix/${incident_id}`);

    const refused = await inspect(transport, callOf('apply_patch', { incident_id, patch: protectedPatch, reason }));
    expect(refused.exitCode).toBe(5);
    expectRefusal((JSON.parse(refused.stdout) as { result: ToolResult }).result);
  });
});
