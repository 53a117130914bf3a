import { createHash } from 'node:crypto';

import type { TimeWindow } from '#domain/evidence.ts';
import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import { toWire } from '#engine/services/time-windows.ts';
import type { Store } from '#state/store.ts';

/** One read of one source: enough to ask the same again and to see whether the answer is the same. */
export interface KeptRead {
  readonly of: 'deploys' | 'changes' | 'commits' | 'logs';
  readonly source: string;
  readonly window?: TimeWindow;
  /** Conditions beside the window, as the source was given them. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** As they were sent, in the back end's own language. */
  readonly requests: readonly string[];
  readonly answers: number;
  /** Of the answer as canonical JSON. */
  readonly sha256: string;
}

/** The digest that two equal answers share. */
export function digestOf(answer: unknown): string {
  const plain = JSON.parse(JSON.stringify(answer)) as Json;
  return createHash('sha256').update(canonicalJson(plain)).digest('hex');
}

/** Where the reads of an answer are kept. */
export interface ReadKeeper {
  readonly store: Pick<Store, 'saveEvidence'>;
  readonly redact: Redact;
}

/** Keeps what an answer was made of, redacted, as one text of the incident. */
export function keepReads({ store, redact }: ReadKeeper, incidentId: string, reads: readonly KeptRead[]): void {
  if (reads.length === 0) return;
  const told = reads.map(({ window, ...read }) => ({ ...read, ...(window && { window: toWire(window) }) }));
  store.saveEvidence(incidentId, {
    title: 'Requests of list_recent_deploys',
    mimeType: 'application/json',
    text: JSON.stringify(redactDeep({ reads: told }, redact)),
  });
}
