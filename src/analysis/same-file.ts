/** True when one path ends in the other, whole segments only: containers and packages put folders before the repository's. */
export function isSameFile(a: string, b: string): boolean {
  const [x, y] = [a, b].map((path) => `/${path.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '')}`);
  return x !== undefined && y !== undefined && (x.endsWith(y) || y.endsWith(x));
}
