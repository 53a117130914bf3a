/** A file as lines with their endings, as a diff shows them. */
function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/u);
}

interface Edit {
  readonly op: ' ' | '-' | '+';
  readonly line: string;
}

function edits(a: readonly string[], b: readonly string[]): Edit[] {
  const best = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i]![j] = a[i] === b[j] ? best[i + 1]![j + 1]! + 1 : Math.max(best[i + 1]![j]!, best[i]![j + 1]!);
    }
  }
  const out: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ op: ' ', line: a[i]! });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || best[i + 1]![j]! >= best[i]![j + 1]!))
      out.push({ op: '-', line: a[i++]! });
    else out.push({ op: '+', line: b[j++]! });
  }
  return out;
}

/** Hunks with `context` lines around each change; endings other than LF stay in the lines, as in git's output. */
export function diffHunks(a: string, b: string, context = 3): string {
  const all = edits(splitLines(a), splitLines(b));
  const near = all.map((_, i) => all.slice(Math.max(0, i - context), i + context + 1).some(({ op }) => op !== ' '));
  let [oldLine, newLine] = [1, 1];
  let out = '';
  for (let i = 0; i < all.length; i += 1) {
    if (!near[i]) {
      oldLine += 1;
      newLine += 1;
      continue;
    }
    let end = i;
    while (end < all.length && near[end]) end += 1;
    const hunk = all.slice(i, end);
    const oldCount = hunk.filter(({ op }) => op !== '+').length;
    const newCount = hunk.filter(({ op }) => op !== '-').length;
    out += `@@ -${oldCount === 0 ? oldLine - 1 : oldLine},${oldCount} +${newCount === 0 ? newLine - 1 : newLine},${newCount} @@\n`;
    for (const { op, line } of hunk)
      out += op + (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`);
    oldLine += oldCount;
    newLine += newCount;
    i = end - 1;
  }
  return out;
}

/** A git-style diff of one modified file; `oid` adds the index line that proves the pre-image. */
export function unifiedDiff(path: string, a: string, b: string, oid?: string): string {
  const index = oid === undefined ? '' : `index ${oid}..${'1'.repeat(oid.length)} 100644\n`;
  return `diff --git a/${path} b/${path}\n${index}--- a/${path}\n+++ b/${path}\n${diffHunks(a, b)}`;
}
