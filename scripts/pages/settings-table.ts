import { z } from 'zod';

import { table } from './markdown.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly secret?: boolean;
}

/** What every key means, by its path, such as `services.NAME.repository`. */
export type Meanings = Readonly<Record<string, string>>;

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** One row per key of a schema; throws for a key without a meaning, and for a meaning without a key. */
export function settingsTable(schema: z.ZodType, meanings: Meanings): string {
  const rows = rowsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, '');
  const paths = rows.map((row) => row.path);
  const silent = paths.filter((path) => !(path in meanings));
  const stale = Object.keys(meanings).filter((path) => !paths.includes(path));
  if (silent.length + stale.length > 0)
    throw new Error(`Without a meaning: ${silent.join(', ') || 'none'}. Without a key: ${stale.join(', ') || 'none'}.`);
  return table(
    ['key', 'value', 'default', 'meaning'],
    rows.map(({ path, schema, required }) => [
      `\`${path}\``,
      valueOf(schema),
      required ? 'required' : defaultOf(schema),
      meanings[path] ?? '',
    ]),
  );
}

/** Keys in the order of the schema; a map has one row, followed by those of its entries. */
function rowsOf(schema: Schema, prefix: string): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const entry = typeof child.additionalProperties === 'object' ? child.additionalProperties : undefined;
    const below = entry?.properties ? rowsOf(entry, `${path}.NAME.`) : rowsOf(child, `${path}.`);
    const row = { path, schema: child, required: isRequired(schema, key) };
    return child.properties && !isOpen(child) ? below : [row, ...below];
  });
}

/** A key with a default is required in zod's input schema only when it has none. */
function isRequired(parent: Schema, key: string): boolean {
  return parent.required?.includes(key) === true;
}

/** An object whose further keys belong to a provider. */
function isOpen(schema: Schema): boolean {
  return schema.additionalProperties !== false;
}

function valueOf(schema: Schema): string {
  if (schema.secret || schema.anyOf?.some((choice) => choice.properties?.['env']))
    return '`{ env: NAME }` or `{ file: PATH }`';
  if (schema.anyOf) return schema.anyOf.map(formOf).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === 'array') return `list of ${schema.items?.enum ? valueOf(schema.items) : 'strings'}`;
  if (schema.type === 'object') return schema.properties ? 'map' : mapOf(schema);
  if (schema.format === 'uri') return 'URL';
  return `${schema.type ?? 'any'}${rangeOf(schema)}`;
}

/** One of several forms of an object. */
function formOf({ properties = {} }: Schema): string {
  return `\`{ ${Object.entries(properties)
    .map(([key, { type }]) => `${key}: ${type === 'array' ? '[…]' : '…'}`)
    .join(', ')} }\``;
}

function mapOf({ additionalProperties }: Schema): string {
  const plain = typeof additionalProperties === 'object' && additionalProperties.type === 'string';
  return plain ? 'map of strings' : 'map';
}

function rangeOf({ minimum, maximum }: Schema): string {
  const known = [minimum, maximum].filter((limit) => limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER);
  return known.length === 2 ? `, ${minimum} to ${maximum}` : '';
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value, null, 1).replaceAll(/\s+/g, ' ').replaceAll('"', '');
  return ['{}', '[]', ''].includes(text) ? '' : `\`${text}\``;
}
