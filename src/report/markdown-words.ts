/** A part of a page: its heading, and its Markdown; an empty one is left out. */
export interface Section {
  readonly title: string;
  readonly body: string;
}

/** A table of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Paragraphs; empty ones are left out. */
export function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A length of time in seconds, in words. */
export function spell(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = (value: number, unit: string) => (value === 0 ? '' : ` ${value} ${unit}`);
  if (minutes < 120) return `${minutes} min${rest(Math.floor(seconds % 60), 's')}`;
  return `${Math.floor(minutes / 60)} h${rest(minutes % 60, 'min')}`;
}

/** A time in ISO 8601 for humans, in UTC. */
export function utc(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}

/** `sha256:ab…` and commits, short. */
export function short(hash: string): string {
  return hash.slice(0, 12);
}
