import type { EvidenceRead } from '#report/schema-facts.ts';
import { toLine } from '#report/text.ts';

/** A text that was kept when something was read; redacted when it was kept, untrusted all the same. */
export interface KeptEvidence {
  readonly uri: string;
  readonly title: string;
  readonly mimeType: string;
  readonly text: string;
  /** Hex. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly purgedAt?: number;
  /** It was read under another configuration of the sources. */
  readonly isForeign?: true;
}

/** A kept answer of a reading tool, as far as its shape holds. */
export interface KeptAnswer {
  readonly tool: string;
  readonly request: Fields;
  readonly output: Fields;
  readonly rows: readonly Fields[];
}

/** Fields of something that nobody vouches for. */
export type Fields = Readonly<Record<string, unknown>>;

/** A kept text and what it says. */
export interface Read {
  readonly read: EvidenceRead;
  /** Undefined when the text was removed, is none of a tool, or was read under another configuration: nothing follows from it then. */
  readonly answer: KeptAnswer | undefined;
}

/** Answers that a report looks into, the newest; the rest are cited. */
const MAX_READS = 100;

/** What was read of the incident, oldest first; an answer that was kept twice is one. */
export function toReads(kept: readonly KeptEvidence[]): Read[] {
  const answers = kept.filter(({ mimeType }) => mimeType === 'application/json');
  const seen = new Set<string>();
  const reads: Read[] = [];
  for (const each of answers.toReversed()) {
    // What another configuration answered stands for nothing that was read here.
    const same = `${each.sha256} ${each.isForeign === true}`;
    if (seen.has(same) || reads.length >= MAX_READS) continue;
    seen.add(same);
    reads.push(...toReadsOf(each));
  }
  return reads.toReversed();
}

/** An answer without a request is the rest of one that was cut; a list of requests is what one was made of. */
function toReadsOf(kept: KeptEvidence): Read[] {
  if (kept.purgedAt !== undefined) return [{ read: toRead(kept, undefined), answer: undefined }];
  const whole = parse(kept.text);
  const requests = listOf(whole, 'reads');
  if (requests.length > 0)
    return requests.slice(0, 20).map((each) => ({ read: toPart(kept, each), answer: undefined }));
  const answer = toAnswer(whole);
  return answer ? [{ read: toRead(kept, answer), answer: kept.isForeign ? undefined : answer }] : [];
}

/** The field as one line of text; undefined when it is none. */
export function textOf(fields: Fields, name: string, maxChars = 300): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? toLine(value, maxChars) : undefined;
}

/** The field as a finite number. */
export function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The field as a time in ISO 8601, UTC. */
export function timeOf(fields: Fields, name: string): string | undefined {
  const at = Date.parse(textOf(fields, name) ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** The field as fields; empty ones when it is none. */
export function fieldsOf(fields: Fields, name: string): Fields {
  return asFields(fields[name]) ?? {};
}

function parse(text: string): Fields {
  try {
    return asFields(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}

function toAnswer(whole: Fields): KeptAnswer | undefined {
  const output = asFields(whole['output']);
  if (!output || asFields(whole['request']) === undefined) return undefined;
  return {
    tool: textOf(whole, 'tool') ?? '',
    request: fieldsOf(fieldsOf(whole, 'request'), 'request'),
    output,
    rows: listOf(output, textOf(whole, 'rows') ?? 'rows'),
  };
}

function listOf(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  return (Array.isArray(value) ? value : []).flatMap<Fields>((each: unknown) => asFields(each) ?? []);
}

function asFields(value: unknown): Fields | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
}

const KINDS: Readonly<Record<string, EvidenceRead['kind']>> = {
  logs: 'logs',
  metrics: 'metrics',
  service_metrics: 'metrics',
  metric_names: 'metrics',
  deploys: 'deploys',
  commits: 'commits',
  changes: 'commits',
};

function toRead(kept: KeptEvidence, answer: KeptAnswer | undefined): EvidenceRead {
  const { uri, sha256, at, title, purgedAt, isForeign } = kept;
  const output = answer?.output ?? {};
  const window = fieldsOf(output, 'window');
  const status = textOf(output, 'status');
  const matched = numberOf(output, 'matched');
  return {
    uri,
    kind: KINDS[textOf(answer?.request ?? {}, 'of') ?? ''] ?? 'other',
    source: textOf(output, 'source') ?? 'unknown',
    query: answer ? toQuery(answer) : toLine(title, 200),
    since: timeOf(window, 'since') ?? null,
    until: timeOf(window, 'until') ?? null,
    matched: matched !== undefined && Number.isInteger(matched) && matched >= 0 ? matched : null,
    status: status === 'ok' || status === 'empty' || status === 'partial' ? status : 'unknown',
    summary: textOf(output, 'summary', 500) ?? '',
    sha256,
    at: new Date(at).toISOString(),
    url: textOf(output, 'ui_url', 2_000) ?? null,
    removed: purgedAt !== undefined,
    other_configuration: isForeign === true,
  };
}

/** One request to one source, and the digest of what it answered. */
function toPart({ uri, at, sha256, isForeign }: KeptEvidence, part: Fields): EvidenceRead {
  const window = fieldsOf(part, 'window');
  const requests = Array.isArray(part['requests']) ? part['requests'].filter((each) => typeof each === 'string') : [];
  const answers = numberOf(part, 'answers');
  const own = textOf(part, 'sha256') ?? '';
  return {
    uri,
    kind: KINDS[textOf(part, 'of') ?? ''] ?? 'other',
    source: textOf(part, 'source') ?? 'unknown',
    query: toLine(requests.join(' ; '), 500) || toConditions(fieldsOf(part, 'query')),
    since: timeOf(window, 'since') ?? null,
    until: timeOf(window, 'until') ?? null,
    matched: answers !== undefined && Number.isInteger(answers) && answers >= 0 ? answers : null,
    status: 'unknown',
    summary: 'one request behind an answer',
    sha256: /^[0-9a-f]{64}$/.test(own) ? own : sha256,
    at: new Date(at).toISOString(),
    url: null,
    removed: false,
    other_configuration: isForeign === true,
  };
}

/** What was asked: as the source was asked where it said so, else the conditions. */
function toQuery({ request, output }: KeptAnswer): string {
  const native = textOf(output, 'native_query', 500);
  if (native !== undefined) return native;
  const query = fieldsOf(request, 'query');
  const asked = textOf(query, 'query', 500) ?? textOf(request, 'search', 200);
  if (asked !== undefined) return asked;
  const base = textOf(request, 'base');
  if (base !== undefined) return `${base}..${textOf(request, 'head') ?? ''}`;
  return toConditions(query);
}

function toConditions(query: Fields): string {
  const filters = Array.isArray(query['filters']) ? query['filters'].filter((each) => typeof each === 'string') : [];
  const conditions = ['service', 'env', 'level', 'text'].flatMap((name) => {
    const value = textOf(query, name, 200);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return toLine([...conditions, ...filters].join(' '), 500) || 'everything';
}
