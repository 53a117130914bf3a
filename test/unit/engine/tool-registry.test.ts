import { describe, expect, it } from 'vitest';

import { createToolRegistry } from '#engine/tool-registry.ts';

import { tools } from '../../../tools/index.ts';

const all = createToolRegistry(tools, { enabled: undefined, readOnly: false });
const names = [
  'get_incident',
  'get_incident_logs',
  'query_metrics',
  'list_recent_deploys',
  'apply_patch',
  'run_tests',
  'open_pr',
  'escalate',
];

describe('the tools that clients are told of', () => {
  it('come in a fixed order', () => {
    expect(all.names).toEqual(names);
    expect(all.tools.map(({ tool }) => tool.name)).toEqual(names);
  });

  it.each([
    ['get_incident', { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }],
    ['get_incident_logs', { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true }],
    ['query_metrics', { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true }],
    ['list_recent_deploys', { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true }],
    ['apply_patch', { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false }],
    ['run_tests', { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }],
    ['open_pr', { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true }],
    ['escalate', { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true }],
  ])('%s says what it does to the world [tools:list:annotations]', (name, hints) => {
    expect(all.get(name)?.annotations).toEqual({ title: expect.any(String), ...hints });
  });

  it.each(names)('%s has a flat input schema, every argument of which is described in words', (name) => {
    const { inputSchema, tool } = all.get(name)!;
    expect(inputSchema.type).toBe('object');
    expect(inputSchema.additionalProperties).toBe(false);
    expect(JSON.stringify(inputSchema)).not.toMatch(/"(?:anyOf|oneOf|allOf|\$ref|\$defs|not)"|"type":\[/);
    for (const [argument, property] of Object.entries(
      inputSchema.properties as Record<string, Record<string, unknown>>,
    )) {
      expect(['string', 'number', 'integer', 'boolean', 'array', 'object']).toContain(property['type']);
      const items = (property['items'] as { type?: unknown } | undefined)?.type;
      expect(property['type'] === 'array' ? ['string', 'object'] : [undefined]).toContain(items);
      expect(tool.description).toMatch(new RegExp(`\\b${argument}\\b`));
    }
  });

  it.each(names)('%s with rows can say that they were cut and where the rest is', (name) => {
    const { tool } = all.get(name)!;
    const shape = Object.keys(tool.output.shape);
    const wanted = [
      ...(tool.rows ? [tool.rows, 'truncated', 'rest'] : []),
      ...('cursor' in tool.input.shape ? ['next_cursor'] : []),
    ];
    expect(shape).toEqual(expect.arrayContaining(wanted));
  });

  it('lose those that change anything but the way to hand over when the server is read-only [server:switches:read-only]', () => {
    const registry = createToolRegistry(tools, { enabled: undefined, readOnly: true });
    expect(registry.names).toEqual([...names.slice(0, 4), 'escalate']);
    expect([...registry.hidden]).toEqual([
      ['apply_patch', 'read_only'],
      ['run_tests', 'read_only'],
      ['open_pr', 'read_only'],
    ]);
  });

  it('only shrink by tools.enabled, whatever it names [server:switches:enabled]', () => {
    const registry = createToolRegistry(tools, { enabled: ['open_pr', 'get_incident', 'rm_rf'], readOnly: true });
    expect(registry.names).toEqual(['get_incident']);
    expect(registry.hidden.get('open_pr')).toBe('read_only');
    expect(registry.hidden.get('apply_patch')).toBe('tools.enabled');
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('know no tool named %j', (name) => {
    expect(all.get(name)).toBeUndefined();
    expect(all.hidden.get(name)).toBeUndefined();
  });
});
