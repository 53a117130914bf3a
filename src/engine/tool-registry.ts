import type { InputSchema } from '#engine/arguments.ts';
import { toInputSchema, toOutputSchema } from '#engine/arguments.ts';
import type { AnyTool, ToolEffect } from '#engine/tool.ts';

/** A tool with what clients are told of it. */
export interface RegisteredTool {
  readonly tool: AnyTool;
  readonly inputSchema: InputSchema;
  readonly outputSchema: Record<string, unknown> & { type: 'object' };
  readonly annotations: ToolAnnotations;
}

interface ToolAnnotations {
  readonly title: string;
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** The tools this server offers, in the order of `tools/index.ts`. */
export interface ToolRegistry {
  readonly names: readonly string[];
  readonly tools: readonly RegisteredTool[];
  /** Tools that exist and are switched off, with the rule that says so. */
  readonly hidden: ReadonlyMap<string, 'tools.enabled' | 'read_only'>;
  get(name: string): RegisteredTool | undefined;
}

const hints: Record<ToolEffect, Omit<ToolAnnotations, 'title'>> = {
  inspect: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  patch: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  test: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  publish: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  escalate: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
};

/** Both switches only narrow. */
export interface ToolSwitches {
  /** Names that stay; all when absent. */
  readonly enabled: readonly string[] | undefined;
  /** Only tools that change nothing. */
  readonly readOnly: boolean;
}

/** Fixes the set of tools for the life of the server. */
export function createToolRegistry(all: readonly AnyTool[], switches: ToolSwitches): ToolRegistry {
  const reasonToHide = ({ name, effect }: AnyTool) => {
    if (switches.enabled && !switches.enabled.includes(name)) return 'tools.enabled' as const;
    // Handing over is no write: it only takes away from what agents may do.
    const writes = !hints[effect].readOnlyHint && effect !== 'escalate';
    return switches.readOnly && writes ? ('read_only' as const) : undefined;
  };
  const tools = all.filter((tool) => reasonToHide(tool) === undefined).map(register);
  const byName = new Map(tools.map((registered) => [registered.tool.name, registered]));
  return {
    names: [...byName.keys()],
    tools,
    hidden: new Map(
      all.flatMap((tool) => {
        const reason = reasonToHide(tool);
        return reason ? [[tool.name, reason] as const] : [];
      }),
    ),
    get: (name) => byName.get(name),
  };
}

function register(tool: AnyTool): RegisteredTool {
  return {
    tool,
    inputSchema: toInputSchema(tool.input),
    outputSchema: toOutputSchema(tool.output),
    annotations: { title: tool.title, ...hints[tool.effect] },
  };
}
