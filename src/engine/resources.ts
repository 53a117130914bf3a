import { ResourceNotFoundError } from '@modelcontextprotocol/server';

import { isIncidentId } from '#domain/incident.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { Store } from '#state/store.ts';

interface ResourceText {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

/** What tools link to: kept answers and whole test logs. Redacted, and untrusted as all evidence. */
export interface Resources {
  readonly templates: { readonly uriTemplate: string; readonly name: string; readonly mimeType: string }[];
  list(): { readonly uri: string; readonly name: string; readonly mimeType: string }[];
  /** Throws the protocol's error for a resource that does not exist. */
  read(uri: string): ResourceText;
}

const LISTED_INCIDENTS = 20;

/** Makes the resources over the store. */
export function createResources(deps: {
  readonly store: Pick<Store, 'getEvidence' | 'getTestRun' | 'listIncidents' | 'timeline'>;
  readonly redact: Redact;
}): Resources {
  const { store, redact } = deps;
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
    read(uri) {
      const match =
        /^incident:\/\/(?<id>[^/]{1,64})\/(?:evidence\/(?<n>\d{1,6})|tests\/(?<job>[\w-]{1,64})|(?<timeline>timeline))$/.exec(
          uri,
        );
      const { id = '', n, job, timeline } = match?.groups ?? {};
      if (!isIncidentId(id)) throw new ResourceNotFoundError(uri);
      if (timeline !== undefined) {
        const lines = store.timeline(id).map((event) => JSON.stringify(redactDeep(event, redact)));
        if (lines.length === 0) throw new ResourceNotFoundError(uri);
        return { uri, mimeType: 'application/x-ndjson', text: lines.join('\n') };
      }
      if (n !== undefined) {
        const evidence = store.getEvidence(id, Number(n));
        if (evidence) return { uri, mimeType: evidence.mimeType, text: evidence.text };
      }
      const run = job === undefined ? undefined : store.getTestRun(job);
      if (run?.incidentId !== id) throw new ResourceNotFoundError(uri);
      return { uri, mimeType: 'text/plain', text: redact(run.result?.output ?? 'The run has not finished.') };
    },
  };
}
