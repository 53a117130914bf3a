import { readFileSync } from 'node:fs';
import path from 'node:path';

import { withCommittedPrices, withOperatorPrices } from '#cli/price-files.ts';
import type { Config } from '#config/load.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { tighten } from '#policy/architect.ts';
import { parseOperatorPolicy, parsePolicy } from '#policy/load.ts';
import { misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';

/** The policy of each incident. */
export interface Policies {
  readonly operator: Policy;
  /** The operator's policy, tightened by the `.architect.yaml` of the base commit: never by the agent's tree. */
  of(incident: Incident): Promise<Policy>;
}

interface PoliciesDeps {
  readonly config: Config;
  readonly packageFolder: string;
  /** Content of a file at a commit; undefined when there is none. */
  readonly fileAt: (incident: Incident, path: string) => Promise<Buffer | undefined>;
  /** Told of each policy before anything is judged by it; what it throws refuses the call. */
  readonly onLoad: (incident: Incident, policy: Policy) => Promise<void>;
}

const REPOSITORY_POLICY = '.architect.yaml';

/** Loads the operator's policy now, so that a broken one stops the start; repositories' are read once per base commit. */
export function createPolicies({ config, packageFolder, fileAt, onLoad }: PoliciesDeps): Policies {
  const shippedPath = path.join(packageFolder, 'policies/default.yaml');
  const shipped = parsePolicy(readFileSync(shippedPath, 'utf8'), 'policies/default.yaml');
  const operator =
    config.file.policy === undefined
      ? shipped
      : readOperatorPolicy(path.resolve(config.folder, config.file.policy), shipped);
  const tightened = new Map<string, Promise<Policy>>();

  async function load(incident: Incident): Promise<Policy> {
    const found = await fileAt(incident, REPOSITORY_POLICY);
    const origin = `${REPOSITORY_POLICY} at ${incident.repository.baseCommit.slice(0, 12)}`;
    const policy = found
      ? await withCommittedPrices(tighten(operator, found.toString('utf8'), origin), operator, (file) =>
          fileAt(incident, file),
        )
      : operator;
    await onLoad(incident, policy);
    return policy;
  }

  return {
    operator,
    of(incident) {
      const key = `${incident.repository.location}\0${incident.repository.baseCommit}`;
      const known = tightened.get(key);
      if (known) return known;
      const loading = load(incident);
      tightened.set(key, loading);
      // A clone that could not be read may be readable next time.
      loading.catch(() => tightened.delete(key));
      return loading;
    },
  };
}

function readOperatorPolicy(file: string, shipped: Policy): Policy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FixgateError('misconfigured', `The policy ${file} cannot be read.`, {
      fix: 'Name a readable file under policy: in fixgate.yaml.',
      cause,
    });
  }
  return withOperatorPrices(parseOperatorPolicy(text, file, { shipped, read: readExtended }));
}

/** The text of a file that a policy extends. */
export function readExtended(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw misconfigured(file, ['the file cannot be read'], cause);
  }
}
