import { spawnSync } from 'node:child_process';

import { expect, it } from 'vitest';

import { incidentRepository, protectedPatch, reason } from '../support/incident-repository.ts';
import { absent, hasProgram } from '../support/needs.ts';
import { fixgateEntry } from '../support/server-process.ts';

const skip = absent('the program script of util-linux', process.platform === 'linux' && hasProgram('script'));

it.skipIf(skip)(
  `the log is a plain line at a terminal, and JSON where a program reads it (${skip ?? 'a pseudo-terminal'}) [telemetry:log:human]`,
  async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV3');
    const args = JSON.stringify({ incident_id: 'PD-1', patch: protectedPatch, reason });
    const command = `"${process.execPath}" "${fixgateEntry}" call apply_patch --json "$ARGS" >/dev/null`;
    const { cwd, env } = await repository.configure({ log: { level: 'info' } });
    const run = (program: string, given: readonly string[]) =>
      spawnSync(program, given, { cwd, env: { ...env, ARGS: args }, encoding: 'utf8', timeout: 60_000 });

    const terminal = run('script', ['--quiet', '--return', '--command', command, '/dev/null']).stdout.trim();
    const piped = run('/bin/sh', ['-c', command]).stderr.trim();
    const line = JSON.parse(piped) as Readonly<Record<string, unknown>>;
    expect(line).toMatchObject({ level: 'warn', event: 'call.denied', trace_id: expect.any(String) as string });
    expect(terminal.split('\n')).toHaveLength(1);
    expect(terminal).toContain('k8s/production/orders.yaml');
    expect(terminal).not.toMatch(/[{}]|trace_id/);
  },
);
