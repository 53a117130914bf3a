import type { NamedFiles } from '#cli/hook/policy.ts';
import { ConfigFile } from '#config/schema.ts';
import { interpolate } from '#config/secret.ts';
import { issueWords } from '#domain/issue-words.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import { parseYaml } from '#policy/yaml.ts';
import type { Environment } from '#workspace/git.ts';

/** The files that a configuration of any shape names. */
export function readNamedFiles(text: string, origin: string, environment: Environment): NamedFiles {
  const yaml = parseYaml(text, '1.2');
  const problems = [...yaml.problems];
  const parsed = ConfigFile.safeParse(interpolate(yaml.value ?? {}, environment, problems), { error: issueWords });
  if (!parsed.success) problems.push(...describeIssues(parsed.error, ConfigFile));
  if (!parsed.success || problems.length > 0) throw misconfigured(origin, problems);
  return parsed.data;
}
