import type { ToolEffect } from '#engine/tool.ts';

import { tools } from '../../tools/index.ts';
import { table } from './markdown.ts';

const effects: Readonly<Record<ToolEffect, string>> = {
  inspect: 'free',
  read: 'reads',
  patch: 'patches',
  test: 'tests',
  publish: 'publishes',
  escalate: 'free',
};

/** The tools, each with what its description says before the arguments. */
export function toolsTable(): string {
  const rows = tools.map(({ name, description, effect }) => [
    `\`${name}\``,
    description.split('\nArguments:')[0] ?? '',
    effects[effect],
  ]);
  return table(['tool', 'what it does', 'effect'], rows);
}
