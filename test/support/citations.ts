import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** One test that cites a promise of `test/requirements.ts`: its title ends with `[area:thing:case]`, or with several ids. */
export interface Citation {
  readonly id: string;
  /** From the repository root. */
  readonly file: string;
  /** The title without its ids. */
  readonly test: string;
}

const ID = '[a-z][a-z-]*:[a-z][a-z-]*:[a-z][a-z-]*';
const CITING_TITLE = new RegExp(
  String.raw`(?<quote>['"\x60])(?<test>(?:\\.|(?!\k<quote>)[^\\\n])+) \[(?<ids>${ID}(?:, ${ID})*)\]\k<quote>`,
  'g',
);

/** Every citation, read from the source of the tests, so that it does not depend on which of them ran. */
export function readCitations(): readonly Citation[] {
  const files = globSync('test/{architecture,surface,unit,contract,integration,e2e,types}/**/*.ts', { cwd: root });
  return files.toSorted().flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    return [...source.matchAll(CITING_TITLE)].flatMap(({ groups }) =>
      (groups?.['ids'] ?? '').split(', ').map((id) => ({
        id,
        file,
        test: (groups?.['test'] ?? '').replaceAll(/\\(.)/g, '$1'),
      })),
    );
  });
}
