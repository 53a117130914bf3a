import { hash as digest } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { NewTimelineEvent, TimelineEvent } from '#domain/timeline.ts';
import { moveHead, readHead } from '#state/chain-heads.ts';
import type { Transaction } from '#state/database.ts';
import { expireApprovals } from '#state/expiry.ts';
import { enqueue } from '#state/outbox.ts';
import type { ChainVerdict, PlacedEvent } from '#state/store.ts';
import { advanceWallTime } from '#state/wall-time.ts';

/** What the first event of every chain names as the hash before it. */
const GENESIS_HASH = '0'.repeat(64);

interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** An event as it is kept. */
export interface EventRow {
  readonly chain: string;
  readonly seq: number;
  /** Canonical JSON of everything but the hashes; `hash` is the SHA-256 of `prev_hash` and this. */
  readonly body: string;
  readonly prev_hash: string;
  readonly hash: string;
}

/** Adds an event at the end of a chain and moves the chain's head with it. */
export function appendEvent(tx: Transaction, chain: string, event: NewTimelineEvent): TimelineEvent {
  const head = readHead(tx, chain);
  const seq = (head?.seq ?? 0) + 1;
  const { type, actor, tool, callId, summary, data } = event;
  const body = canonicalJson({
    chain,
    seq,
    at: tx.now,
    type,
    actor,
    summary,
    data: tx.span ? { ...tx.span, ...data } : data,
    ...(tool !== undefined && { tool }),
    ...(callId !== undefined && { callId }),
  });
  const prevHash = head?.hash ?? GENESIS_HASH;
  const hash = sha256(prevHash + body);
  tx.run(
    'INSERT INTO events (chain, seq, body, prev_hash, hash) VALUES (?, ?, ?, ?, ?)',
    chain,
    seq,
    body,
    prevHash,
    hash,
  );
  moveHead(tx, { chain, seq, hash }, head);
  enqueue(tx, { chain, seq, type });
  advanceWallTime(tx, chain);
  expireApprovals(tx);
  const kept = toEvent({ chain, seq, body, prev_hash: prevHash, hash });
  tx.appended.push(kept);
  return kept;
}

/** The events of a chain after one of them, oldest first. */
export function readTimeline(tx: Transaction, chain: string, after: number): readonly TimelineEvent[] {
  const sql = 'SELECT chain, seq, body, prev_hash, hash FROM events WHERE chain = ? AND seq > ? ORDER BY seq';
  return (tx.all(sql, chain, after) as readonly EventRow[]).map(toEvent);
}

/** What an event of a chain is hashed to; undefined when there is none. */
export function hashOfEvent(tx: Transaction, chain: string, seq: number): string | undefined {
  const row = tx.get('SELECT hash FROM events WHERE chain = ? AND seq = ?', chain, seq);
  return (row as Pick<EventRow, 'hash'> | undefined)?.hash;
}

/** Events of all chains in the order in which they were written, after a position that an earlier answer named. */
export function readEventsAfter(tx: Transaction, position: number, limit: number): readonly PlacedEvent[] {
  const sql =
    'SELECT rowid AS position, chain, seq, body, prev_hash, hash FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?';
  const rows = tx.all(sql, position, limit) as readonly (EventRow & { readonly position: number })[];
  return rows.map((row) => ({ position: row.position, event: toEvent(row) }));
}

/** Recomputes one chain, or all; the first that is not as it was written decides. */
export function verifyChains(tx: Transaction, chain?: string): ChainVerdict {
  const chains = chain === undefined ? allChains(tx) : [chain];
  let events = 0;
  let found = 0;
  for (const name of chains) {
    const verdict = verifyChain(tx, name);
    if (!verdict.ok) return verdict;
    events += verdict.events;
    found += verdict.events > 0 ? 1 : 0;
  }
  return { ok: true, chains: found, events };
}

const EVENTS_OF_CHAIN = 'SELECT chain, seq, body, prev_hash, hash FROM events WHERE chain = ? ORDER BY seq';

/** Every incident has a chain, so that a chain that was removed with its head is noticed too. */
function allChains(tx: Transaction): readonly string[] {
  const sql = 'SELECT chain FROM events UNION SELECT chain FROM chain_heads UNION SELECT id FROM incidents ORDER BY 1';
  return (tx.all(sql) as readonly { readonly chain: string }[]).map((row) => row.chain);
}

function verifyChain(tx: Transaction, chain: string): ChainVerdict {
  let last: Head = { seq: 0, hash: GENESIS_HASH };
  for (const row of tx.each(EVENTS_OF_CHAIN, chain) as Iterable<EventRow>) {
    const reason = objectionTo(row, last);
    if (reason !== undefined) return { ok: false, chain, seq: last.seq + 1, reason };
    last = { seq: row.seq, hash: row.hash };
  }
  const reason = objectionToEnd(tx, chain, last);
  if (reason !== undefined) return { ok: false, chain, seq: last.seq + 1, reason };
  return { ok: true, chains: last.seq > 0 ? 1 : 0, events: last.seq };
}

function objectionTo(row: EventRow, last: Head): string | undefined {
  if (row.seq !== last.seq + 1) return `event ${last.seq + 1} is missing`;
  if (row.prev_hash !== last.hash) return 'its prevHash is not the hash of the event before it';
  let event: TimelineEvent;
  try {
    event = toEvent(row);
  } catch {
    return 'its text is not JSON';
  }
  if (event.chain !== row.chain || event.seq !== row.seq) return 'it was written for another place';
  return sha256(row.prev_hash + row.body) === row.hash ? undefined : 'its hash does not match its content';
}

function objectionToEnd(tx: Transaction, chain: string, last: Head): string | undefined {
  const head = readHead(tx, chain);
  if (head === undefined) {
    const opened = tx.get('SELECT 1 FROM incidents WHERE id = ?', chain) !== undefined;
    return opened || last.seq > 0 ? 'the head of the chain is missing' : undefined;
  }
  if (head.seq > last.seq) return `the end is missing: ${head.seq} events were written and ${last.seq} are there`;
  if (head.seq < last.seq) return `the head of the chain stands at ${head.seq}, before the last event`;
  return head.hash === last.hash ? undefined : 'the head of the chain names another last event';
}

/** An event with its hashes, from its row. */
export function toEvent(row: EventRow): TimelineEvent {
  const body = JSON.parse(row.body) as Omit<TimelineEvent, 'prevHash' | 'hash'> & { readonly [key: string]: Json };
  return { ...body, prevHash: row.prev_hash, hash: row.hash };
}

function sha256(text: string): string {
  return digest('sha256', text);
}
