import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, offeredTools, protectedPatch, reason, remedy } from '../support/incident-repository.ts';
import { missing } from '../support/needs.ts';
import type { ScriptStep } from '../support/scripted-model.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import { startHttpServer, stdioTarget } from '../support/server-process.ts';

const claude = process.env['FIXGATE_CLAUDE'];
const why = missing('Claude Code (FIXGATE_CLAUDE)', claude !== undefined && existsSync(claude));

const incident_id = 'PD-4821';
const step = (tool: string, args: object): ScriptStep => ({
  tool: `mcp__fixgate__${tool}`,
  input: { incident_id, ...args },
});
const script: readonly ScriptStep[] = [
  ...remedy.slice(0, 4).map(({ tool, args }) => step(tool, args)),
  step('apply_patch', { patch: protectedPatch, reason }),
  ...remedy.slice(4).map(({ tool, args }) => step(tool, args)),
];

/** Lets Claude Code work with one MCP server and a scripted model, without asking anybody. */
async function runClaude({ checkout, place }: IncidentRepository, server: object, modelUrl: string) {
  const args = ['-p', 'Remediate the incident.', '--output-format', 'stream-json', '--verbose', '--strict-mcp-config'];
  args.push('--mcp-config', JSON.stringify({ mcpServers: { fixgate: server } }));
  args.push('--allowedTools', 'mcp__fixgate__*');
  const env = {
    ...place.env,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'sk-ant-fake',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ENABLE_TOOL_SEARCH: 'false',
  };
  return execa(claude ?? '', args, { cwd: checkout, env, extendEnv: false, input: '', timeout: 90_000 });
}

describe('Claude Code', () => {
  it.for(['stdio', 'HTTP'])(
    'drives an incident from the evidence to the pull request over %s [server:stdio:clients, server:http:clients]',
    async (transport, { skip }) => {
      if (why) skip(why);
      await using repository = await incidentRepository();
      await repository.open(incident_id, '--severity', 'SEV2', '--service', 'orders', '--title', 'orders leaks memory');
      await using http = await startHttpServer(repository.place);
      await using model = await startScriptedModel(script);
      const { command, args, env } = stdioTarget(repository.place);
      const server = transport === 'stdio' ? { command, args, env } : { type: 'http', url: http.url };

      const { stdout } = await runClaude(repository, server, model.url);

      expect(stdout).toContain('"subtype":"success"');
      expect([...model.offered].filter((name) => name.startsWith('mcp__')).toSorted()).toEqual(
        offeredTools.map((tool) => `mcp__fixgate__${tool}`).toSorted(),
      );
      expect(model.results.map(({ isError }) => isError)).toEqual(script.map((_, index) => index === 4));
      expect(model.results[4]?.text).toMatch(/^DENIED\[protected_files\/k8s\/production\/\*\*\] /);
      // A link stands on a line of its own before the structured content.
      const shown = model.results.map(({ text }) => JSON.parse(/^\{.*$/m.exec(text)?.[0] ?? '{}') as object);
      expect(shown[1]).toMatchObject({ status: 'ok', matched: 60 });
      expect(shown[3]).toMatchObject({
        rows: [
          { rank: 1, ref: 'deploy/3' },
          { rank: 2, kind: 'commit' },
        ],
      });
      expect(shown[6]).toMatchObject({ verdict: 'pass' });
      expect(shown[7]).toMatchObject({ created: true, branch: `hotfix/${incident_id}` });
      await expectPullRequest(repository, shown[7] as { url: string; commit: string });
    },
  );
});

async function expectPullRequest(repository: IncidentRepository, { url, commit }: { url: string; commit: string }) {
  const body = await readFile(fileURLToPath(url), 'utf8');
  expect(body).toContain(`head: "hotfix/${incident_id}"`);
  expect(body).toContain('Every finished job was kept.');
  expect(repository.hotfixBranches()).toEqual([`hotfix/${incident_id}`]);
  expect(repository.git('ls-remote', 'origin', `refs/heads/hotfix/${incident_id}`)).toContain(commit);
  const verified = await repository.fixgate(['audit', 'verify']);
  expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^OK: /) });
  const report = await repository.report(incident_id);
  expect(report).toMatchObject({ status: 'success', pull_request: { url, commit }, unknown_outcomes: [] });
  expect(report.agent).toMatch(/^claude-code\//);
}
