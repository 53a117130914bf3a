import { ResourceNotFoundError } from '@modelcontextprotocol/server';

import type { Incident } from '#domain/incident.ts';
import { isIncidentId } from '#domain/incident.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { Evidence, Store } from '#state/store.ts';

interface ResourceText {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

/** What tools link to: kept answers and whole test logs. Redacted, and untrusted as all evidence. */
export interface Resources {
  readonly templates: { readonly uriTemplate: string; readonly name: string; readonly mimeType: string }[];
  list(): { readonly uri: string; readonly name: string; readonly mimeType: string }[];
  /** Rejects with the protocol's error for a resource that does not exist; a look at one is recorded, free of charge. */
  read(uri: string, actor: string): Promise<ResourceText>;
}

const LISTED_INCIDENTS = 20;

/** Bytes of one resource: a client has to be able to hold it. */
const MAX_RESOURCE_BYTES = 262_144;

/** Bytes of the output of a test run: head and tail, as they are kept. */
const MAX_LOG_BYTES = 1_048_576;

/** Makes the resources over the store. */
export function createResources(deps: {
  readonly store: Pick<Store, 'getEvidence' | 'getTestRun' | 'getIncident' | 'listIncidents' | 'timeline' | 'append'>;
  readonly redact: Redact;
  /** Makes what the incident's policy keeps known to `redact`. */
  readonly policyOf: (incident: Incident) => Promise<unknown>;
}): Resources {
  const { store, redact, policyOf } = deps;

  async function find(uri: string): Promise<{ readonly id: string; readonly found: ResourceText }> {
    const match =
      /^incident:\/\/(?<id>[^/]{1,64})\/(?:evidence\/(?<n>\d{1,6})|tests\/(?<job>[\w-]{1,64})|(?<timeline>timeline))$/.exec(
        uri,
      );
    const { id = '', n, job, timeline } = match?.groups ?? {};
    if (!isIncidentId(id)) throw new ResourceNotFoundError(uri);
    const incident = store.getIncident(id);
    // What a sensitive file holds may stand in any of them, and was not known to this process when it was kept by another one.
    if (incident) await policyOf(incident);
    if (timeline !== undefined) {
      const lines = store.timeline(id).map((event) => JSON.stringify(redactDeep(event, redact)));
      if (lines.length === 0) throw new ResourceNotFoundError(uri);
      return { id, found: { uri, mimeType: 'application/x-ndjson', text: lines.join('\n') } };
    }
    const evidence = n === undefined ? undefined : store.getEvidence(id, Number(n));
    if (evidence) return { id, found: { uri, mimeType: evidence.mimeType, text: redact(textOf(evidence)) } };
    const run = job === undefined ? undefined : store.getTestRun(job);
    if (!incident || run?.incidentId !== id) throw new ResourceNotFoundError(uri);
    return {
      id,
      found: { uri, mimeType: 'text/plain', text: redact(run.result?.output ?? 'The run has not finished.') },
    };
  }

  return {
    templates: [
      {
        uriTemplate: 'incident://{incident_id}/evidence/{n}',
        name: 'Whole answer of a tool',
        mimeType: 'application/json',
      },
      { uriTemplate: 'incident://{incident_id}/tests/{job_id}', name: 'Output of a test run', mimeType: 'text/plain' },
      {
        uriTemplate: 'incident://{incident_id}/timeline',
        name: 'Everything that happened',
        mimeType: 'application/x-ndjson',
      },
    ],
    list: () =>
      store.listIncidents(LISTED_INCIDENTS).map(({ id }) => ({
        uri: `incident://${id}/timeline`,
        name: `Timeline of ${id}`,
        mimeType: 'application/x-ndjson',
      })),
    async read(uri, actor) {
      const { id, found } = await find(uri);
      const text = bounded(found.text, uri.includes('/tests/') ? MAX_LOG_BYTES : MAX_RESOURCE_BYTES);
      const cut = text !== found.text ? ', cut' : '';
      const summary = `${uri.slice(0, 200)} was read (${Buffer.byteLength(text)} bytes${cut})`;
      store.append(id, { type: 'call.free', actor, tool: 'resources/read', summary, data: {} });
      return { ...found, text };
    },
  };
}

function textOf({ text, purgedAt, sha256 }: Evidence): string {
  if (purgedAt === undefined) return text;
  return `Removed on ${new Date(purgedAt).toISOString()} under the retention rule; its SHA-256 was ${sha256}.`;
}

/** The beginning of a text that is too long, in whole lines, and a last line that says so. */
function bounded(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const notice = `\n… cut: ${bytes.length} bytes in all`;
  const head = bytes.subarray(0, maxBytes - Buffer.byteLength(notice)).toString();
  const end = head.lastIndexOf('\n');
  // A character that was cut in two is no text.
  return (end > 0 ? head.slice(0, end) : head.replace(/\uFFFD$/, '').slice(0, -2)) + notice;
}
