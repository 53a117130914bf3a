/** The share of lines whose group holds exactly the lines of their label: the usual measure of log parsers. */
export function groupingAccuracy(lines: readonly { readonly label: string; readonly group: string }[]): number {
  const labels = Map.groupBy(lines, ({ label }) => label);
  const groups = Map.groupBy(lines, ({ group }) => group);
  let right = 0;
  for (const members of groups.values()) {
    const [first] = members;
    const isPure = members.every(({ label }) => label === first?.label);
    if (first && isPure && labels.get(first.label)?.length === members.length) right += members.length;
  }
  return lines.length === 0 ? 1 : right / lines.length;
}
