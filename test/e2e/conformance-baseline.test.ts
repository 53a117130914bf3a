import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { expect, it } from 'vitest';

import { incidentRepository } from '../support/incident-repository.ts';
import { missing } from '../support/needs.ts';
import { startHttpServer } from '../support/server-process.ts';

const suite = join(process.env['FIXGATE_CONFORMANCE_ALPHA'] ?? '', 'dist', 'index.js');
const absent = missing(
  '@modelcontextprotocol/conformance@0.2.0-alpha.12 (its folder in FIXGATE_CONFORMANCE_ALPHA)',
  process.env['FIXGATE_CONFORMANCE_ALPHA'] !== undefined && existsSync(suite),
);

it.skipIf(absent).each(['2025-11-25', '2026-07-28'])(
  'the product fails only the scenarios of %s that need the fixtures of the suite [server:protocol:conformance]',
  async (revision) => {
    await using repository = await incidentRepository();
    await using server = await startHttpServer(repository.place);
    const baseline = join(import.meta.dirname, `../fixtures/conformance/${revision}.yml`);

    const args = ['server', '--url', server.url, '--requirements', revision, '--expected-failures', baseline];
    const { exitCode, stdout } = await execa(process.execPath, [suite, ...args], {
      reject: false,
      env: { NO_COLOR: '1' },
    });

    expect(stdout).toContain('Baseline check passed');
    expect(exitCode).toBe(0);
  },
);
