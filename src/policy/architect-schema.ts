import { z } from 'zod';

/** Pydantic reads `"3"` as 3, so a file that architect accepts may say either. */
const numeric = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*[-+]?\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value),
    schema,
  );

const count = numeric(z.int().min(0)).nullish();
const usd = numeric(z.number().min(0)).nullish();
const texts = z.array(z.string().min(1).max(512)).max(1_000).nullish();

/** `guardrails:` of an `.architect.yaml`, with architect's names. */
const Guardrails = z.strictObject({
  enabled: z.boolean().nullish(),
  protected_files: texts,
  sensitive_files: texts,
  blocked_commands: texts,
  max_files_modified: count,
  max_lines_changed: count,
  max_commands_executed: count,
  require_test_after_edit: z.boolean().nullish(),
  quality_gates: z
    .array(
      z.strictObject({
        name: z.string(),
        command: z.string(),
        required: z.boolean().optional(),
        timeout: numeric(z.int().min(1).max(600)).optional(),
      }),
    )
    .nullish(),
  code_rules: z
    .array(z.strictObject({ pattern: z.string(), message: z.string(), severity: z.enum(['warn', 'block']).optional() }))
    .nullish(),
});

/** `costs:`; amounts in dollars. */
const Costs = z.strictObject({
  enabled: z.boolean().nullish(),
  prices_file: z.string().nullish(),
  budget_usd: usd,
  warn_at_usd: usd,
});

/** `telemetry:`. */
const Telemetry = z.strictObject({
  enabled: z.boolean().nullish(),
  exporter: z.enum(['otlp', 'console', 'json-file']).nullish(),
  endpoint: z.string().nullish(),
  trace_file: z.string().nullish(),
});

/** The three blocks that are read; everything else in the file is architect's own business. */
export const ArchitectFile = z.object({
  guardrails: Guardrails.nullish(),
  costs: Costs.nullish(),
  telemetry: Telemetry.nullish(),
  /** Looked at for a hint alone; whatever else it is. */
  mcp: z
    .object({ servers: z.array(z.unknown()).nullish().catch(null) })
    .nullish()
    .catch(null),
});

/** A file of prices, as the file at `origin` names it. */
export interface PricesFile {
  readonly file: string;
  readonly origin: string;
}

/** `telemetry:` of the file at `origin`. */
export type ArchitectTelemetry = z.infer<typeof Telemetry> & { readonly origin: string };

/** What an `.architect.yaml` says about limits. */
export type ArchitectFile = z.infer<typeof ArchitectFile>;
