import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';

import { expect, it } from 'vitest';

import { incidentRepository } from '../support/incident-repository.ts';
import { absent, hasProgram } from '../support/needs.ts';
import { fixgateEntry } from '../support/server-process.ts';

const skip = absent('the program script of util-linux', process.platform === 'linux' && hasProgram('script'));

it.skipIf(skip)(
  `a report at a terminal has addresses that can be copied, and one that is piped names nobody (${skip ?? 'a pseudo-terminal'}) [report:terminal:addresses]`,
  async () => {
    await using repository = await incidentRepository();
    const rca = 'See https://wiki.example/memory, ask @ada';
    await repository.open('PD-1', '--severity', 'SEV3', '--rca', rca);
    const { cwd, env } = repository.place;
    const command = `"${process.execPath}" "${fixgateEntry}" report PD-1`;
    const run = (program: string, given: readonly string[]) =>
      spawnSync(program, given, { cwd, env, encoding: 'utf8', timeout: 60_000 }).stdout;

    const terminal = run('script', ['--quiet', '--return', '--command', command, '/dev/null']);
    expect(terminal).toContain(`> ${rca}`);
    expect(terminal).not.toContain('&#8203;');
    expect(run('/bin/sh', ['-c', command])).toContain('> See https:&#8203;//wiki.example/memory, ask @&#8203;ada');
  },
);

it.skipIf(skip)(
  `a kept text ends its last line at a terminal, and is exact where it is piped (${skip ?? 'a pseudo-terminal'})`,
  async () => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV3');
    await repository.call('get_incident_logs', { incident_id: 'PD-1' });
    const listed = (await repository.fixgate(['evidence', 'list', 'PD-1'])).stdout;
    const uri = /incident:\/\/PD-1\/evidence\/\d+/.exec(listed)?.[0];
    const sha256 = new RegExp(`${uri}  .*sha256 (?<start>[0-9a-f]{12})\\)`).exec(listed)?.groups?.['start'];
    const { cwd, env } = repository.place;
    const command = `"${process.execPath}" "${fixgateEntry}" evidence show ${uri}`;
    const run = (program: string, given: readonly string[]) =>
      spawnSync(program, given, { cwd, env, encoding: 'utf8', timeout: 60_000 }).stdout;

    const piped = run('/bin/sh', ['-c', command]);
    expect(createHash('sha256').update(piped).digest('hex').slice(0, 12)).toBe(sha256);
    expect(piped.endsWith('\n')).toBe(false);
    expect(run('script', ['--quiet', '--return', '--command', command, '/dev/null'])).toMatch(/\S\r?\n$/);
  },
);
