import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { sourceOf } from '#cli/policy-source.ts';
import { withCommittedPrices, withOperatorPrices } from '#cli/price-files.ts';
import type { Config, PolicyText } from '#config/load.ts';
import type { Incident } from '#domain/incident.ts';
import { tighten } from '#policy/architect.ts';
import type { ReadExtended } from '#policy/extends.ts';
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
  const shippedText = readFileSync(shippedPath, 'utf8');
  const shipped = () => parsePolicy(shippedText, 'policies/default.yaml');
  const own = config.policy;
  const operator = own ? readOperatorPolicy(own, shipped, packageFolder) : shipped();
  const tightened = new Map<string, Promise<Policy>>();

  async function load(incident: Incident): Promise<Policy> {
    const found = await fileAt(incident, REPOSITORY_POLICY);
    const origin = `${REPOSITORY_POLICY} at ${incident.repository.baseCommit.slice(0, 12)}`;
    const added = found?.toString('utf8');
    const content =
      added === undefined
        ? operator
        : await withCommittedPrices(tighten(operator, added, origin), operator, (file) => fileAt(incident, file));
    const policy = { ...content, ...sourceIn(added) };
    await onLoad(incident, policy);
    return policy;
  }

  function sourceIn(added: string | undefined): Pick<Policy, 'source'> {
    // The other is a file that the operator's extends, or lies on top of.
    if (operator.origins.length > 1) return {};
    return { source: sourceOf({ packageFolder }, own?.text ?? shippedText, added === undefined ? [] : [added]) };
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

/** The shipped policy takes long to check, and few files lie on top of it. */
function readOperatorPolicy({ file, text }: PolicyText, shipped: () => Policy, packageFolder: string): Policy {
  const source = {
    get shipped() {
      return shipped();
    },
    read: extendedReader({ packageFolder }),
  };
  return withOperatorPrices(parseOperatorPolicy(text, file, source));
}

/** Reads files that a policy extends; of one that is not there and is named like a shipped policy it says where that lies. */
export function extendedReader({ packageFolder }: { readonly packageFolder: string }): ReadExtended {
  return (file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (cause) {
      const shipped = path.join(packageFolder, 'policies', path.basename(file));
      const instead = existsSync(shipped) ? `; the shipped policy of this name is extended as ${shipped}` : '';
      throw misconfigured(file, [`the file cannot be read${instead}`], cause);
    }
  };
}
