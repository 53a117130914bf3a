import type { KeptHead } from '#state/chain-heads.ts';
import { readHeads } from '#state/chain-heads.ts';
import type { Transaction } from '#state/database.ts';
import { headVerifier, readPublicHalf } from '#state/head-key.ts';
import type { SignedHead } from '#state/head-signer.ts';
import { readAnchor, toSignedText } from '#state/head-signer.ts';
import type { HeadProblem, HeadsVerdict } from '#state/store.ts';

interface HeadsRequest {
  readonly folder: string;
  readonly chain?: string | undefined;
  /** The public key as it was kept elsewhere; the one beside the private key when absent. */
  readonly publicKey?: string | undefined;
}

/** Checks the signatures of all heads, or of one, and that nothing is missing that was signed. */
export function verifyHeads(tx: Transaction, { folder, chain, publicKey }: HeadsRequest): HeadsVerdict {
  const rows = readHeads(tx);
  const heads = chain === undefined ? rows : rows.filter((row) => row.chain === chain);
  const pem = publicKey ?? readPublicHalf(folder);
  if (pem === undefined) return withoutKey(heads);
  const { fingerprint, isGenuine } = headVerifier(pem);
  const genuine = (head: KeptHead | SignedHead): head is SignedHead =>
    isSigned(head) && isGenuine(toSignedText(head), head.signature);
  const anchor = readAnchor(folder);
  const problems = [
    ...heads.flatMap((head) => objectionTo(head, genuine)),
    ...(chain === undefined || anchor?.chain === chain ? anchorProblems(tx, anchor, genuine) : []),
    ...(chain === undefined ? missingEvents(rows, [...rows, ...(anchor ? [anchor] : [])].filter(genuine)) : []),
  ];
  const late = heads.filter(genuine).filter(({ since }) => since > 1);
  return {
    signed: 'yes',
    key: fingerprint,
    heads: heads.length,
    problems,
    vouchedSince: late.map(({ chain: name, since }) => ({ chain: name, seq: since })),
  };
}

/** Heads that are signed had a key once. */
function withoutKey(heads: readonly KeptHead[]): HeadsVerdict {
  const problems = heads.filter(isSigned).map(({ chain }) => ({ chain, reason: 'it is signed, but the key is gone' }));
  return problems.length === 0
    ? { signed: 'no' }
    : { signed: 'yes', key: '', heads: heads.length, problems, vouchedSince: [] };
}

function isSigned(head: KeptHead | SignedHead): head is SignedHead {
  return typeof head.signature === 'string' && typeof head.since === 'number' && typeof head.total === 'number';
}

function objectionTo(head: KeptHead, genuine: (head: KeptHead) => boolean): readonly HeadProblem[] {
  if (genuine(head)) return [];
  const reason = head.signature === null ? 'its head is not signed' : 'its head is not signed with this key';
  return [{ chain: head.chain, reason }];
}

/** The newest head that was signed must still be there: a chain that lost its end is whole otherwise. */
function anchorProblems(
  tx: Transaction,
  anchor: SignedHead | undefined,
  genuine: (head: SignedHead) => boolean,
): readonly HeadProblem[] {
  if (anchor === undefined) return [{ chain: '', reason: 'the note of the newest head, heads.anchor, is missing' }];
  const { chain, seq, hash } = anchor;
  if (!genuine(anchor))
    return [{ chain: '', reason: 'the note of the newest head, heads.anchor, is not signed with this key' }];
  const event = tx.get('SELECT hash FROM events WHERE chain = ? AND seq = ?', chain, seq) as
    | { readonly hash: string }
    | undefined;
  if (event?.hash === hash) return [];
  const reason = event
    ? `event ${seq} is not the one that was signed`
    : `the end is missing: event ${seq} was signed and is not there`;
  return [{ chain, reason }];
}

/** A chain may be set back to an older head with its true signature; the count over all chains is then too small. */
function missingEvents(rows: readonly KeptHead[], signed: readonly SignedHead[]): readonly HeadProblem[] {
  const there = rows.reduce((sum, { seq }) => sum + seq, 0);
  const written = Math.max(0, ...signed.map(({ total }) => total));
  if (there >= written) return [];
  return [
    {
      chain: '',
      reason: `${written - there} events are missing: ${written} were written in all chains and ${there} are there`,
    },
  ];
}
