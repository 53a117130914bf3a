/** Principals, options where there are some, the kind of the key, the key. */
const LINE =
  /^(?:"[^"]+"|[^\s"]+)[ \t]+(?:[A-Za-z-]+(?:="[^"]*")?(?:,[A-Za-z-]+(?:="[^"]*")?)*[ \t]+)??((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+=*)(?:[ \t].*)?$/;

/** How many keys a file of allowed signers names, and the numbers of the lines that name none, from 1. */
export function readApproverLines(text: string): { readonly keys: number; readonly bad: readonly number[] } {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const entries = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  const bad = entries.filter(({ line }) => !namesKey(line)).map(({ number }) => number);
  return { keys: entries.length - bad.length, bad };
}

/** A key begins with the name of its kind, which the line says too. */
function namesKey(line: string): boolean {
  const [, kind = '', key = ''] = LINE.exec(line) ?? [];
  const blob = Buffer.from(key, 'base64');
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  return kind !== '' && blob.length > 4 + length && blob.toString('latin1', 4, 4 + length) === kind;
}
