import { spawnSync } from 'node:child_process';

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
