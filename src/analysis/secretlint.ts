// A second opinion on secrets: the recommended rules of secretlint. They are driven here, one by one, and not through
// secretlint's own core: that obeys `secretlint-disable` comments, which are the agent's to write, compares every finding with
// every other, which takes minutes for a hostile file, and keeps marks of each run for good.

import type { SecretLintRuleCreator } from '@secretlint/types';

import { FixgateError } from '#domain/errors.ts';
import type { SecretScan, SecretSpan } from '#domain/secret-scan.ts';

/** Where the rules come from; the package when absent. */
interface SecretlintDeps {
  readonly load?: () => Promise<{ readonly rules: readonly SecretLintRuleCreator[] }>;
}

/** Makes the second opinion; the rules are loaded by the first scan, and a scan that cannot be made throws. */
export function createSecretlint({ load = loadRules }: SecretlintDeps = {}): SecretScan {
  let loading: ReturnType<typeof load> | undefined;
  return async (text, path) => {
    try {
      const { rules } = await (loading ??= load());
      const spans: SecretSpan[] = [];
      for (const rule of rules)
        if (rule.meta.type === 'scanner' && !isFilter(rule)) await run(rule, { text, path }, spans);
      return spans;
    } catch (cause) {
      loading = undefined;
      throw unavailable(cause);
    }
  };
}

interface Source {
  readonly text: string;
  readonly path: string;
}

function loadRules() {
  return import('@secretlint/secretlint-rule-preset-recommend');
}

/** It switches others off where a comment says so, and calls itself a scanner. */
function isFilter({ meta }: SecretLintRuleCreator): boolean {
  return meta.id.includes('-filter-');
}

/** Extensions that make a rule look into a file of that name on this computer are not told. */
function extensionOf(path: string): string {
  return path.toLowerCase().endsWith('.json') ? '.json' : '';
}

async function run(rule: SecretLintRuleCreator, { text, path }: Source, spans: SecretSpan[]): Promise<void> {
  const kind = `secretlint/${rule.meta.id.replace(/^.*secretlint-rule-/, '')}`;
  const handler = rule.create(
    {
      sharedOptions: {},
      // The words of a message hold the secret.
      createTranslator: () => (messageId) => ({ message: '', messageId: String(messageId), data: undefined }),
      report: ({ range: [start, end] }) => spans.push({ start, end, kind }),
      ignore: () => {},
    },
    {},
  );
  const source = { content: text, filePath: path, ext: extensionOf(path), contentType: 'text' as const };
  await handler.file?.(source as Parameters<NonNullable<typeof handler.file>>[0]);
}

function unavailable(cause: unknown): FixgateError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new FixgateError(
    'internal',
    `The second look for secrets could not be taken, and without it nothing is let through. ${said.slice(0, 300).toWellFormed()}`,
    { fix: 'Ask the on-call engineer to restart this server, and to install it again if that does not help.', cause },
  );
}
