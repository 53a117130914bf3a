import { FILE_CLASSES } from '#policy/classes.ts';

import { table } from './markdown.ts';

/** The classes of files, each with its globs. */
export function classesTable(): string {
  const rows = Object.entries(FILE_CLASSES).map(([name, globs]) => [
    `\`${name}\``,
    globs.map((glob) => `\`${glob}\``).join(' '),
  ]);
  return table(['class', 'globs'], rows);
}
