import path from 'node:path';

import { namedRepositories, toLocation } from '#cli/auto-open.ts';
import type { Check, Warning } from '#cli/doctor/run-checks.ts';
import type { Invocation } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import { createGit } from '#workspace/git.ts';
import { findProgram, operatorPath } from '#workspace/sandbox-env.ts';
import { openRepository } from '#workspace/source-repository.ts';

/** Folders of a checkout in which package managers put programs. */
const INSTALLED = ['node_modules/.bin', '.venv/bin'];

/** One check for the programs of each declared suite; nothing is started. */
export function suiteChecks({ config }: Runtime, { environment, workingDirectory }: Invocation): readonly Check[] {
  const named = namedRepositories(config.file)[0];
  const location = named === undefined ? workingDirectory : toLocation(named, config.folder);
  const root = once(() => openRepository(createGit({ environment }), location).then((source) => source.location));
  return Object.entries(config.file.suites).map(([name, suite]) => ({
    name: `suite ${name}`,
    // The check of the repository says what is wrong with one that cannot be read here.
    run: async () => programsOf(name, suite, { root: await root().catch(() => undefined), environment }),
  }));
}

interface Places {
  /** Undefined where the repository is not on this computer. */
  readonly root: string | undefined;
  readonly environment: Invocation['environment'];
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Only a warning: what a project installs may not be there yet. */
function programsOf(
  name: string,
  { argv, affected_argv: affected = argv, services, cwd, env }: SuiteDeclaration,
  { root, environment }: Places,
): string | { readonly skipped: string } | Warning {
  const started = Object.values(services).map((service) => service.argv);
  const programs = [...new Set([argv, affected, ...started].flatMap(([program = '']) => program))];
  if (root === undefined) return { skipped: 'the repository is not on this computer' };
  const there = path.resolve(root, cwd);
  const installed = INSTALLED.flatMap((each) => [path.join(there, each), path.join(root, each)]);
  const own = env['PATH'] === undefined ? operatorPath(environment) : [env['PATH']];
  const search = [...installed, ...own].join(path.delimiter);
  try {
    return programs.map((program) => findProgram(program, there, search)).join(', ');
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    const fix = `Install it, or mend \`suites.${name}\` in fixgate.yaml.`;
    return { warning: `run_tests will fail: ${error.message}`, fix };
  }
}
