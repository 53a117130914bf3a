import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import { startConformanceServer, type WrapCallTool } from '../support/conformance-server.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

interface Suite {
  /** Names the folder that holds the installed package. */
  readonly variable: string;
  readonly version: string;
  readonly arguments: readonly string[];
  /** Checks that pass at least, so that a suite that runs nothing is no success. */
  readonly passes: number;
}

const stable = { variable: 'FIXGATE_CONFORMANCE_STABLE', version: '0.1.16' };
const alpha = { variable: 'FIXGATE_CONFORMANCE_ALPHA', version: '0.2.0-alpha.12' };

const suites: readonly Suite[] = [
  { ...stable, arguments: ['--suite', 'all'], passes: 44 },
  { ...alpha, arguments: ['--requirements', '2025-11-25'], passes: 69 },
  { ...alpha, arguments: ['--requirements', '2026-07-28'], passes: 120 },
];

/** One line of the suite's summary, such as `✓ ping: 1 passed, 0 failed`. */
const SCENARIO = /^(?:✓|✗) (?<scenario>\S+): (?<passed>\d+) passed, (?<failed>\d+) failed$/gm;
const NOT_SCORED = /^ {2}(?:✓|✗) (?<scenario>\S+) \(/gm;

interface Outcome {
  readonly exitCode: number | undefined;
  readonly passed: number;
  readonly failed: readonly string[];
  /** What the suite says of each check that failed. */
  readonly said: readonly string[];
}

async function run(cli: string, url: string, suite: Suite): Promise<Outcome> {
  await using results = await temporaryFolder();
  const args = ['server', '--url', url, '--output-dir', results.path, ...suite.arguments];
  const { exitCode, stdout } = await execa(process.execPath, [cli, ...args], {
    reject: false,
    timeout: 110_000,
    env: { NO_COLOR: '1' },
  });
  const notScored = new Set([...stdout.matchAll(NOT_SCORED)].map((line) => line.groups?.['scenario']));
  const scored = [...stdout.matchAll(SCENARIO)].filter((line) => !notScored.has(line.groups?.['scenario']));
  return {
    exitCode,
    passed: scored.reduce((sum, line) => sum + Number(line.groups?.['passed']), 0),
    failed: scored.filter((line) => line.groups?.['failed'] !== '0').map(([line]) => line),
    said: failedChecks(results.path),
  };
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

function failedChecks(folder: string): string[] {
  return globSync(join(folder, '*/checks.json')).flatMap((file) => {
    const checks = JSON.parse(readFileSync(file, 'utf8')) as readonly Check[];
    const failed = checks.filter(({ status }) => status === 'FAILURE');
    return failed.map(({ id, errorMessage = '' }) => `${basename(dirname(file))}: ${id}: ${errorMessage}`);
  });
}

/** What a gate sees of every call; the fixtures must pass through it unchanged. */
function createCallLog(): { readonly wrapCallTool: WrapCallTool; readonly calls: string[] } {
  const calls: string[] = [];
  const wrapCallTool: WrapCallTool = (call) => (request, ctx) => {
    calls.push(request.params.name);
    return call(request, ctx);
  };
  return { wrapCallTool, calls };
}

describe.each(suites)('MCP conformance $version $arguments', (suite) => {
  it('passes over the HTTP transport [server:protocol:conformance]', { timeout: 120_000 }, async (test) => {
    const cli = join(process.env[suite.variable] ?? '', 'dist', 'index.js');
    test.skip(
      process.env[suite.variable] === undefined || !existsSync(cli),
      `Set ${suite.variable} to the folder of an installed @modelcontextprotocol/conformance@${suite.version}.`,
    );

    const { wrapCallTool, calls } = createCallLog();
    await using server = await startConformanceServer({ wrapCallTool });
    const outcome = await run(cli, server.url, suite);

    if (outcome.exitCode !== 0) console.error(outcome.said.join('\n'));
    expect(outcome).toMatchObject({ exitCode: 0, failed: [] });
    expect(outcome.passed).toBeGreaterThanOrEqual(suite.passes);
    expect(calls).toContain('test_simple_text');
  });
});
