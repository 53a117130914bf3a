import { readFileSync } from 'node:fs';

import type { Located } from '#cli/hook/locate.ts';
import { statOf } from '#cli/hook/real-path.ts';
import { judgeContent } from '#policy/host-secrets.ts';
import type { HostCall } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/** Bytes of a file that an edit is tried on; of a larger one only what is new is looked at. */
const MAX_BYTES = 4 * 1_048_576;

/** The objections to what an edit tool would write into a file of the project, by the patterns that patches are refused for. */
export function judgeSecrets(
  call: HostCall,
  { names: [name], real, place }: Located,
  { policy }: { readonly policy: HostPolicy },
): readonly Finding[] {
  if (place !== 'project' || name === undefined) return [];
  return judgeContent(call, name, { before: contentOf(real), policy });
}

function contentOf(file: string | undefined): string | undefined {
  const found = file === undefined ? undefined : statOf(file);
  if (file === undefined || found?.isFile() !== true || found.size > MAX_BYTES) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
