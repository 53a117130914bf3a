/** Principals, options where there are some, the kind of the key, the key. */
const LINE =
  /^("[^"]+"|[^\s"]+)[ \t]+(?:[A-Za-z-]+(?:="[^"]*")?(?:,[A-Za-z-]+(?:="[^"]*")?)*[ \t]+)??((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+=*)(?:[ \t].*)?$/;

/** How many keys a file of allowed signers names, and the numbers of the lines that name none, from 1. */
export function readApproverLines(text: string): { readonly keys: number; readonly bad: readonly number[] } {
  const entries = entriesOf(text);
  const bad = entries.filter(({ line }) => !keyOf(line)).map(({ number }) => number);
  return { keys: entries.length - bad.length, bad };
}

/** A key that a file of allowed signers names, and whose it is. */
export interface ListedKey {
  readonly principals: string;
  readonly kind: string;
  /** As OpenSSH writes public keys on the wire. */
  readonly blob: Buffer;
  /** It signs other keys, and these texts. */
  readonly isAuthority: boolean;
  /** The whole line, with its options. */
  readonly line: string;
  /** What stands between its principals and the key. */
  readonly options: string;
}

/** Every key that a file of allowed signers names. */
export function listedKeys(text: string): readonly ListedKey[] {
  return placedKeys(text).map(({ key }) => key);
}

/** The same with the numbers of their lines, from 1. */
export function placedKeys(text: string): readonly { readonly key: ListedKey; readonly number: number }[] {
  return entriesOf(text).flatMap(({ line, number }) => {
    const key = keyOf(line);
    return key ? [{ key, number }] : [];
  });
}

function entriesOf(text: string): readonly { readonly line: string; readonly number: number }[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
}

/** A key begins with the name of its kind, which the line says too. */
function keyOf(line: string): ListedKey | undefined {
  const [, principals = '', kind = '', key = ''] = LINE.exec(line) ?? [];
  const blob = Buffer.from(key, 'base64');
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const isKey = kind !== '' && blob.length > 4 + length && blob.toString('latin1', 4, 4 + length) === kind;
  const options = line.slice(principals.length, line.indexOf(key));
  return isKey
    ? { principals, kind, blob, isAuthority: /\bcert-authority\b/i.test(options), line, options }
    : undefined;
}
