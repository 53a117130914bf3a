import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { root } from '../support/citations.ts';
import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository, protectedPatch, reason, remedy } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import { missing } from '../support/needs.ts';
import type { RealPrometheus } from '../support/real-prometheus.ts';
import { hasPrometheus, realPrometheus } from '../support/real-prometheus.ts';
import type { HttpServerProcess } from '../support/server-process.ts';
import { startHttpServer } from '../support/server-process.ts';

const rules = path.join(root, 'ops/prometheus/alert-rules.yaml');
const skip = missing('prometheus with promtool', hasPrometheus);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const { panels } = JSON.parse(readFileSync(path.join(root, 'ops/grafana/fixgate.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** What Grafana puts in for the variables of a dashboard. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll('$state_id', '.*');
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function ask(url: string, query: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query?${String(new URLSearchParams({ query }))}`);
  const answer = (await response.json()) as { status: string; error?: string; data: { result: readonly Sample[] } };
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result;
}

const valueOf = async (url: string, query: string) => Number((await ask(url, query))[0]?.value[1]);

describe.skipIf(skip)(`a Prometheus that scrapes a server at work (${skip ?? 'every second'})`, () => {
  let repository: IncidentRepository;
  let server: HttpServerProcess;
  let prometheus: RealPrometheus;

  async function reaches(query: string, value: number): Promise<void> {
    for (let waited = 0; (await valueOf(prometheus.url, query)) !== value; waited += 100) {
      if (waited > 30_000) throw new Error(`${query} did not become ${value}.`);
      await sleep(100);
    }
  }

  beforeAll(async () => {
    repository = await incidentRepository();
    server = await startHttpServer(repository.place);
    prometheus = await realPrometheus({ target: new URL(server.url).host, rules });
    // What happens before the first scrape is no increase.
    await reaches('up', 1);
    await repository.open('PD-1', '--severity', 'SEV2');
    await using client = await connectClient('v2 auto', { url: server.url });
    const call = (tool: string, args: object) => client.callTool(tool, { incident_id: 'PD-1', ...args });
    await call('apply_patch', { patch: protectedPatch, reason });
    for (const { tool, args } of remedy) await call(tool, args);
    // Not by this server, and not by any call of an agent.
    await repository.open('PD-2', '--severity', 'SEV3');
    await repository.fixgate(['stop', 'PD-2', '--reason', 'enough']);
    await reaches('sum(fixgate_pull_requests_total) + sum(fixgate_escalations_total)', 2);
  }, 110_000);

  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await repository?.[Symbol.asyncDispose]();
  });

  it.each(queries)('has an answer for "$title": $expr [telemetry:dashboard:answers]', async ({ expr }) => {
    const samples = await ask(prometheus.url, filledIn(expr));

    expect(samples.some(({ value }) => Number.isFinite(Number(value[1])))).toBe(true);
  });

  it('shows each published change once among the bars of its risk [telemetry:dashboard:answers]', async () => {
    const bars = queries.filter(({ title }) => title === 'Risk of published changes');
    const shown = await Promise.all(bars.map(({ expr }) => ask(prometheus.url, filledIn(expr))));
    const all = shown.flat().map(({ value }) => Number(value[1]));
    expect(all.filter((value) => value > 0)).toHaveLength(1);
  });

  it('counts what agents, humans and test jobs did, whichever process did it [telemetry:metrics:records]', async () => {
    const counted = async (query: string) => valueOf(prometheus.url, query);

    expect(await counted('sum(fixgate_tool_calls_total{tool="apply_patch",outcome="policy_denied"})')).toBe(1);
    expect(await counted('sum(fixgate_tool_calls_total{tool="open_pr",outcome="ok"})')).toBe(1);
    expect(await counted('sum(fixgate_policy_findings_total{rule="protected_files/k8s/production/**"})')).toBe(1);
    expect(await counted('sum(fixgate_test_runs_total{verdict="pass"})')).toBe(1);
    expect(await counted('sum(fixgate_escalations_total{reason="human"})')).toBe(1);
    expect(await counted('sum(fixgate_incident_phase_duration_seconds_count{severity="SEV2"})')).toBe(4);
    expect(await counted('sum(fixgate_provider_requests_total{provider="local",role="host"})')).toBe(1);
  });

  it('evaluates every alert without an error, and raises the one about the hand-over [telemetry:alerts:evaluate]', async () => {
    const rulesNow = async () => {
      const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { name: string; health: string; lastError?: string; state: string }[] }[] };
      };
      return answer.data.groups.flatMap((group) => group.rules);
    };

    await vi.waitFor(async () => {
      const evaluated = await rulesNow();
      expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
      expect(evaluated.filter(({ state }) => state === 'firing').map(({ name }) => name)).toContain(
        'FixgateIncidentHandedOver',
      );
    }, 20_000);
  });

  it('finds no incident, file or other unbounded text in a label [telemetry:metrics:labels]', async () => {
    const response = await fetch(new URL('/metrics', server.url));
    const text = await response.text();

    expect(text).not.toMatch(/PD-1|PD-2|queue\.js|fixgate-tests/);
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text }).toString()).toBe('');
  });
});

describe.skipIf(skip)(`the alert rules (${skip ?? 'with promtool'})`, () => {
  it('are valid and raise what they should and nothing else [telemetry:alerts:tested]', () => {
    const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: path.dirname(rules) }).toString();

    expect(promtool('check', 'rules', rules)).toContain('13 rules found');
    expect(promtool('test', 'rules', rules.replace('.yaml', '.test.yaml'))).toContain('SUCCESS');
  });
});
