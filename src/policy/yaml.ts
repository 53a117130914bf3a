import type { Tags } from 'yaml';
import { parseDocument } from 'yaml';

/** Bytes of a policy file; a real one is under 4 KiB. */
export const MAX_POLICY_BYTES = 65_536;

const MAX_ALIASES = 50;

/** What a YAML text holds, or every reason why it holds nothing usable. */
export interface ParsedYaml {
  readonly value: unknown;
  readonly problems: readonly string[];
}

/** Parses one YAML document with unique keys; `1.1` reads `off`, `010` and `<<` as architect does. Tags beside YAML's own are named. */
export function parseYaml(text: string, version: '1.1' | '1.2', customTags: Tags = []): ParsedYaml {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_POLICY_BYTES) return failed([`the file has ${bytes} bytes; at most ${MAX_POLICY_BYTES} are read`]);
  try {
    const document = parseDocument(text, { version, uniqueKeys: true, customTags });
    const problems = [...document.errors, ...document.warnings].map((problem) => problem.message.trim());
    if (problems.length > 0) return failed(problems);
    // The library counts the anchored node as well.
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES + 1 }) as unknown, problems: [] };
  } catch (error) {
    return failed([(error as Error).message]);
  }
}

function failed(problems: readonly string[]): ParsedYaml {
  return { value: undefined, problems };
}
