import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, it, vi } from 'vitest';

import type { IncidentRepository } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import { hasProgram, missing } from '../support/needs.ts';
import { fixgateEntry } from '../support/server-process.ts';

const noShell = missing('a POSIX shell', process.platform !== 'win32' && hasProgram('sh'));

/** A `git` that takes its time before it does what it is told; answers the folder that holds it and its sign of life. */
function slowGit({ folder, place }: IncidentRepository): { readonly bin: string; readonly began: string } {
  const bin = join(folder, 'slow');
  const began = join(folder, 'began');
  mkdirSync(bin);
  const script = `#!/bin/sh\nPATH='${place.env['PATH']}'\ncase " $* " in *' log '*) : > '${began}'; sleep 3;; esac\nexec git "$@"\n`;
  writeFileSync(join(bin, 'git'), script);
  chmodSync(join(bin, 'git'), 0o755);
  return { bin, began };
}

it.skipIf(noShell).each(['SIGINT', 'SIGTERM'] as const)(
  `%s lets a call end and be recorded while a program of its own runs${noShell ? ` (${noShell})` : ''} [cli:call:stopped]`,
  async (signal) => {
    await using repository = await incidentRepository();
    await repository.open('PD-1', '--severity', 'SEV2');
    const { bin, began } = slowGit(repository);
    const { cwd, env } = repository.place;
    const args = [fixgateEntry, 'call', 'list_recent_deploys', '--json', '{"incident_id":"PD-1"}'];
    const child = spawn(process.execPath, args, { cwd, env: { ...env, PATH: `${bin}:${env['PATH']}` } });
    const said = text(child.stdout);
    await vi.waitUntil(() => existsSync(began), 20_000);
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];

    expect(code).toBe(1);
    expect(JSON.parse(await said)).toMatchObject({ code: 'cancelled' });
    const { timeline } = await repository.report('PD-1');
    expect(timeline).toContainEqual(
      expect.objectContaining({ tool: 'list_recent_deploys', outcome: 'failed', code: 'cancelled' }),
    );
  },
);
