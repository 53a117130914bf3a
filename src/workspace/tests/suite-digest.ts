import { createHash } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';

import type { Suite } from './detect.ts';

/** What a suite executes, on which dependencies, and how its end is read, as `sha256:…`: a run proves the suite of the same digest alone, whatever its name. */
export function suiteDigest({ argv, affectedArgv, cwd, env, format, ownReport, sandbox, install }: Suite): string {
  const content = { argv, affectedArgv, cwd, env, format, ownReport, sandbox, install };
  const json = canonicalJson(JSON.parse(JSON.stringify(content)) as Json);
  return `sha256:${createHash('sha256').update(json).digest('hex')}`;
}
