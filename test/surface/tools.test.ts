import { beforeAll, expect, it } from 'vitest';

import type { JsonSchema, ServedTool, Surface } from './served.ts';
import { readSurface } from './served.ts';

let surface: Surface;
beforeAll(async () => {
  surface = await readSurface();
}, 120_000);

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The names that scripts rely on: arguments are added, never renamed or removed. */
const promised: Readonly<Record<string, string>> = {
  get_incident: 'incident_id',
  get_incident_logs:
    'incident_id, mode, query, source, service, env, level, since, until, baseline, limit, cursor, max_tokens',
  query_metrics:
    'incident_id, query, source, service, env, since, until, step, baseline, top, points, search, max_tokens',
  list_recent_deploys: 'incident_id, source, service, env, around, since, limit, base, head, max_tokens',
  apply_patch: 'incident_id, patch, edits, reason, plan, base, dry_run, idempotency_key',
  run_tests: 'incident_id, suite, scope, files, name_pattern, timeout_s, wait_s, job_id',
  open_pr: 'incident_id, title, summary, root_cause, draft, dry_run',
  escalate: 'incident_id, reason, diagnosis, confidence, unknowns, suggested_actions',
};

it('the server offers exactly the promised tools, in the order they are used [tools:list:names]', () => {
  expect(surface.tools.map((tool) => tool.name)).toEqual(Object.keys(promised));
});

it('every tool has the promised arguments, and needs no more than it must [tools:list:arguments]', () => {
  const missing = surface.tools.flatMap(({ name, inputSchema }) =>
    (promised[name] ?? '').split(', ').filter((argument) => !(argument in inputSchema.properties)),
  );
  const required = new Set(surface.tools.flatMap(({ inputSchema }) => (inputSchema['required'] ?? []) as string[]));

  expect(missing).toEqual([]);
  expect([...required].toSorted()).toEqual(['incident_id', 'reason']);
});

it('every tool is served as it is committed [tools:list:snapshot]', async () => {
  for (const tool of surface.tools) await expect(json(tool)).toMatchFileSnapshot(`snapshots/tools/${tool.name}.json`);
});

it('the whole list costs a client at most 6,000 tokens [tools:list:cost]', () => {
  // Tokenizers get 3.5 to 4.5 characters of JSON into a token; the worst is assumed, for compact JSON as it is sent.
  const tokens = JSON.stringify({ tools: surface.tools }).length / 3.5;

  expect(tokens).toBeLessThanOrEqual(6_000);
});

it('no description is longer than 2 KB, where some hosts cut [tools:list:description-size]', () => {
  const bytes = surface.tools.map(({ name, description }) => [name, Buffer.byteLength(description)] as const);

  expect(bytes.filter(([, size]) => size > 2_048)).toEqual([]);
});

it('input schemas have one type per property, lists of strings or of closed flat objects, and no alternatives [tools:list:flat-schemas]', () => {
  expect(surface.tools.flatMap(problemsOf)).toEqual([]);
});

it('every argument is named in the description, since some hosts drop schemas [tools:list:described]', () => {
  const silent = surface.tools.flatMap(({ name, description, inputSchema }) =>
    Object.keys(inputSchema.properties)
      .filter((argument) => !new RegExp(`\\b${argument}\\b`).test(description.slice(description.indexOf('Arguments:'))))
      .map((argument) => `${name}.${argument}`),
  );

  expect(silent).toEqual([]);
});

it('every tool declares what it answers [tools:list:output-schemas]', () => {
  const without = surface.tools.filter(({ outputSchema }) => outputSchema?.type !== 'object');

  expect(without.map((tool) => tool.name)).toEqual([]);
});

it.each([
  ['get_incident', true, false],
  ['get_incident_logs', true, true],
  ['query_metrics', true, true],
  ['list_recent_deploys', true, true],
  ['apply_patch', false, false],
  ['run_tests', false, false],
  ['open_pr', false, true],
  ['escalate', false, true],
])('%s says that read-only is %s and that the open world is %s [tools:list:annotations]', (name, reads, open) => {
  const annotations = surface.tools.find((tool) => tool.name === name)?.annotations;

  expect(annotations).toMatchObject({ readOnlyHint: reads, openWorldHint: open, destructiveHint: false });
});

it('the instructions carry the method, from the evidence to the hand-over [tools:method:instructions]', async () => {
  const { instructions } = surface.initialize;
  const order = Object.keys(promised).map((name) => instructions.indexOf(name));

  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
  expect(instructions).toMatch(/smallest fix/);
  expect(instructions).toMatch(/hand over/);
  await expect(instructions).toMatchFileSnapshot('snapshots/instructions.txt');
});

it('the prompt remediate_incident is served as it is committed [tools:method:prompt]', async () => {
  expect(surface.prompts.map(({ name }) => name)).toEqual(['remediate_incident']);
  await expect(json({ prompts: surface.prompts, rendered: surface.prompt })).toMatchFileSnapshot(
    'snapshots/prompts.json',
  );
});

it('the resource templates are served as they are committed [tools:resources:templates]', async () => {
  await expect(json(surface.resourceTemplates)).toMatchFileSnapshot('snapshots/resource-templates.json');
});

function problemsOf({ name, inputSchema }: ServedTool): readonly string[] {
  const entries = Object.entries(inputSchema.properties);
  const nested = entries.filter(([, schema]) => !isFlat(schema)).map(([argument]) => `${name}.${argument} is not flat`);
  const open =
    inputSchema.type === 'object' && inputSchema['additionalProperties'] === false ? [] : [`${name} is open`];
  return [...nested, ...open];
}

const alternatives = ['anyOf', 'oneOf', 'allOf', '$ref', 'propertyNames'];
const scalars = ['string', 'number', 'integer', 'boolean'];

function isScalar(schema: JsonSchema | undefined): boolean {
  return schema !== undefined && alternatives.every((key) => !(key in schema)) && scalars.includes(String(schema.type));
}

/** A closed object of scalars. */
function isRecord(schema: JsonSchema): boolean {
  const properties = Object.values((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  return schema.type === 'object' && schema['additionalProperties'] === false && properties.every(isScalar);
}

/** Names that a caller chooses, each with a string. */
function isMap(schema: JsonSchema): boolean {
  const value = schema['additionalProperties'];
  return schema.type === 'object' && typeof value === 'object' && isScalar(value as JsonSchema);
}

function isFlat(schema: JsonSchema): boolean {
  if (alternatives.some((key) => key in schema)) return false;
  if (schema.type === 'array') return isScalar(schema.items) || (schema.items !== undefined && isRecord(schema.items));
  return isScalar(schema) || isMap(schema);
}
