import path from 'node:path';

import { namedRepositories, toLocation } from '#cli/auto-open.ts';
import type { Check, Warning } from '#cli/doctor/run-checks.ts';
import { refusedCommands } from '#cli/doctor/suite-commands.ts';
import type { Invocation } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import { createGit } from '#workspace/git.ts';
import { findProgram, operatorPath } from '#workspace/sandbox-env.ts';
import { openRepository } from '#workspace/source-repository.ts';

/** Folders of a checkout in which package managers put programs. */
const INSTALLED = ['node_modules/.bin', '.venv/bin'];

/** One check for the programs of each declared suite, and for what the policy says of its commands; nothing is started. */
export function suiteChecks(
  { config, operatorPolicy }: Runtime,
  { environment, workingDirectory }: Invocation,
): readonly Check[] {
  const named = namedRepositories(config.file)[0];
  const location = named === undefined ? workingDirectory : toLocation(named, config.folder);
  const git = createGit({ environment });
  const root = once(() => openRepository(git, location).then((source) => source.location));
  return Object.entries(config.file.suites).map(([name, suite]) => ({
    name: `suite ${name}`,
    // The check of the repository says what is wrong with one that cannot be read here.
    run: async () => {
      const there = await root().catch(() => undefined);
      const refused =
        there === undefined ? [] : await refusedCommands({ name, suite, root: there, git }, operatorPolicy);
      return refused.length > 0 ? blocked(name, refused) : programsOf(name, suite, { root: there, environment });
    },
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

/** Reasons that one warning names. */
const MAX_REASONS = 3;

function blocked(name: string, reasons: readonly string[]): Warning {
  const more = reasons.length > MAX_REASONS ? ` And ${reasons.length - MAX_REASONS} more.` : '';
  return {
    warning: `run_tests will be refused: ${reasons.slice(0, MAX_REASONS).join(' ')}${more}`,
    fix: `Write another command into \`suites.${name}\` in fixgate.yaml, or into the script that it runs; the policy holds for suites too.`,
  };
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
