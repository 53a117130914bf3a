import { fromArchitect, isArchitect } from '#policy/architect.ts';
import { failingExamples } from '#policy/examples.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';
import { PolicyFile } from '#policy/schema.ts';
import { ruleProblems, sealPolicy } from '#policy/seal.ts';
import { parseYaml } from '#policy/yaml.ts';

/** Parses a policy file and verifies its examples with the real guards; throws `misconfigured` with every problem at once. */
export function parsePolicy(text: string, origin: string): Policy {
  const yaml = parseYaml(text, '1.2');
  if (yaml.problems.length > 0) throw misconfigured(origin, yaml.problems);
  const parsed = PolicyFile.safeParse(yaml.value);
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, PolicyFile), parsed.error);
  const broken = ruleProblems(parsed.data);
  if (broken.length > 0) throw misconfigured(origin, broken);
  const policy = sealPolicy(parsed.data, { origins: [origin], notes: [] });
  const failing = failingExamples(policy);
  if (failing.length > 0) throw misconfigured(origin, failing);
  return policy;
}

/** Parses what the operator named as policy: a file of our own, or an `.architect.yaml` that replaces values of `shipped`. */
export function parseOperatorPolicy(text: string, origin: string, shipped: Policy): Policy {
  return isArchitect(text) ? fromArchitect(text, origin, shipped) : parsePolicy(text, origin);
}
