import type { Transaction } from '#state/database.ts';
import type { HeadKey } from '#state/head-key.ts';
import type { HeadSigner } from '#state/head-signer.ts';
import { toSignedText } from '#state/head-signer.ts';

/** The end of a chain as it is kept. */
export interface KeptHead {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  readonly signature: string | null;
  readonly since: number | null;
  readonly total: number;
}

const HEADS = 'SELECT chain, seq, hash, signature, signed_since AS since, total FROM chain_heads';

const HEAD = `${HEADS} WHERE chain = ?`;

/** The head of a chain; undefined before its first event. */
export function readHead(tx: Transaction, chain: string): KeptHead | undefined {
  return tx.get(HEAD, chain) as KeptHead | undefined;
}

/** The heads of all chains. */
export function readHeads(tx: Transaction): readonly KeptHead[] {
  return tx.all(`${HEADS} ORDER BY chain`) as readonly KeptHead[];
}

/**
 * Moves a head to a new event and signs it, where this process signs. A head that follows one which should be signed and is not,
 * or not truly, stays unsigned: nothing is vouched for that somebody else wrote.
 */
export function moveHead(
  tx: Transaction,
  head: { readonly chain: string; readonly seq: number; readonly hash: string },
  previous: KeptHead | undefined,
): void {
  const { signer } = tx;
  const key = signer?.key();
  const newest = tx.get('SELECT max(total) AS total FROM chain_heads') as { readonly total: number | null };
  const total = Math.max(newest.total ?? 0, signer?.floor() ?? 0) + 1;
  let since: number | null = previous?.since ?? null;
  let signature: string | null = null;
  if (signer && key) {
    const found = adoptHeads(tx, signer, key) ? readHead(tx, head.chain) : previous;
    const vouched = previous === undefined ? 1 : vouchedSince(found, signer, key);
    if (vouched !== undefined) {
      since = vouched;
      signature = signer.seal({ ...head, since, total }, key);
    }
  }
  write(tx, { ...head, signature, since, total });
}

function vouchedSince(head: KeptHead | undefined, signer: HeadSigner, key: HeadKey): number | undefined {
  if (!head || head.signature === null || head.since === null) return undefined;
  const signed = { ...head, signature: head.signature, since: head.since };
  return signer.isOwn(signed) || key.isGenuine(toSignedText(signed), signed.signature) ? head.since : undefined;
}

/** With the first signature every chain that was begun before is signed as it stands, once; answers whether that was now. */
function adoptHeads(tx: Transaction, signer: HeadSigner, key: HeadKey): boolean {
  if (tx.get('SELECT 1 FROM chain_heads WHERE signed_since IS NOT NULL LIMIT 1') !== undefined) return false;
  for (const head of readHeads(tx)) {
    const found = { ...head, since: head.seq };
    write(tx, { ...found, signature: signer.seal(found, key) });
  }
  return true;
}

function write(tx: Transaction, { chain, seq, hash, signature, since, total }: KeptHead): void {
  tx.run(
    `INSERT INTO chain_heads (chain, seq, hash, signature, signed_since, total) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature,
       signed_since = excluded.signed_since, total = excluded.total`,
    chain,
    seq,
    hash,
    signature,
    since,
    total,
  );
}
