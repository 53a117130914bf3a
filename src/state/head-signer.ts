import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import type { HeadKey } from '#state/head-key.ts';
import { headKeyFiles, openHeadKey } from '#state/head-key.ts';

/** The end of a chain, as it is signed. */
export interface HeadStatement {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  /** First event that the signature vouches for; the ones before it were taken as they were found. */
  readonly since: number;
  /** Events of all chains together when it was written: a chain that was cut leaves fewer. */
  readonly total: number;
}

/** A head with its signature, in base64. */
export interface SignedHead extends HeadStatement {
  readonly signature: string;
}

/** Signs the ends of chains as they are written. */
export interface HeadSigner {
  /** The key; undefined when this process signs nothing. */
  key(): HeadKey | undefined;
  /** The count that this process knows to have been signed, also when the database was set back since. */
  floor(): number;
  /** Signs, and remembers the head for `committed`. */
  seal(head: HeadStatement, key: HeadKey): string;
  /** Whether this process signed just this as the last head of its chain: then the signature needs no other check. */
  isOwn(head: SignedHead): boolean;
  /** Notes outside of the database which head is the newest; called when a transaction is on the disk. */
  committed(): void;
  /** Forgets what a transaction signed that left no trace. */
  dropped(): void;
}

/** Chains whose last head one process remembers. */
const MAX_REMEMBERED = 1_000;

/** Makes the signer of one state folder. A key that exists is used by every process that may read it, whatever its guard. */
export function createHeadSigner(folder: string, mayMakeKey: () => boolean): HeadSigner {
  let known: HeadKey | undefined;
  let pending: SignedHead | undefined;
  let floor = 0;
  const own = new Map<string, { readonly text: string; readonly signature: string }>();

  function open(): HeadKey | undefined {
    const key = openHeadKey(folder, mayMakeKey());
    const anchor = key && readAnchor(folder);
    if (anchor && key.isGenuine(toSignedText(anchor), anchor.signature)) floor = Math.max(floor, anchor.total);
    return key;
  }

  return {
    key: () => (known ??= open()),
    floor: () => floor,
    seal(head, key) {
      const text = toSignedText(head);
      const signature = key.sign(text);
      pending = { ...head, signature };
      if (own.size >= MAX_REMEMBERED) own.clear();
      own.set(head.chain, { text, signature });
      return signature;
    },
    isOwn(head) {
      const last = own.get(head.chain);
      return last?.signature === head.signature && last.text === toSignedText(head);
    },
    committed() {
      if (pending) {
        floor = Math.max(floor, pending.total);
        keepAnchor(folder, pending);
      }
      pending = undefined;
    },
    dropped() {
      pending = undefined;
    },
  };
}

/** What a signature covers. */
export function toSignedText({ chain, seq, hash, since, total }: HeadStatement): string {
  return `fixgate chain head 1\n${chain}\n${seq}\n${hash}\n${since}\n${total}`;
}

/** The newest head that was signed, as it was noted beside the key; its signature is not checked here. */
export function readAnchor(folder: string): SignedHead | undefined {
  try {
    return JSON.parse(readFileSync(headKeyFiles(folder).anchor, 'utf8')) as SignedHead;
  } catch {
    return undefined;
  }
}

/** Never goes back: of two processes the later head stays, and so does one that a database set back has lost. */
function keepAnchor(folder: string, head: SignedHead): void {
  const file = headKeyFiles(folder).anchor;
  if ((readAnchor(folder)?.total ?? 0) >= head.total) return;
  const temporary = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporary, `${JSON.stringify(head)}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // The record is written and signed; an older note of it notices less, and the next one comes with the next record.
  }
}
