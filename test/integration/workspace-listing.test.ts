import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { listChanges } from '#workspace/listing.ts';
import { plainFiles } from '#workspace/plain-files.ts';
import type { Clone } from '#workspace/repository.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({
    'src/a.js': 'a\n',
    'src/deep/er/b.js': 'b\n',
    'becomes-folder': 'x\n',
    'becomes-file/one': '1\n',
    'becomes-file/two': '2\n',
    'grün/ü.txt': 'ü\n',
    'run.sh': 'ls\n',
    'stays.txt': 'same\n',
  });
  fixture = workspaceFixture(state.path);
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

/** Commits what was changed; answers the clone and the trees before and after. */
async function commitChange(): Promise<{ readonly clone: Clone; readonly from: string; readonly to: string }> {
  const from = repository.git('rev-parse', 'HEAD^{tree}');
  repository.commit();
  await fixture.repositories.sync(repository.path);
  const clone = await fixture.repositories.open(repository.path);
  return { clone, from, to: repository.git('rev-parse', 'HEAD^{tree}') };
}

/** The same question, answered by git. */
function askGit(from: string, to: string): readonly string[] {
  const words = repository.git('diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to).split('\0');
  return words.flatMap((path, at) => {
    const [, mode = '', , oid = '', status] = (words[at - 1] ?? '').split(' ');
    return at % 2 === 0 ? [] : [status === 'D' ? `gone ${path}` : `${mode} ${oid} ${path}`];
  });
}

async function ask(clone: Clone, from: string, to: string): Promise<readonly string[]> {
  const changes = await listChanges(clone, { from, to });
  return changes.map(({ path, after }) => (after ? `${after.mode} ${after.oid} ${path}` : `gone ${path}`));
}

describe('what lies between two trees', () => {
  it('is what git says, in both directions', async () => {
    await repository.write('src/a.js', 'A\n');
    await repository.write('new/folder/c.js', 'c\n');
    await repository.write('grün/ü.txt', 'Ü\n');
    await rm(join(repository.path, 'src/deep/er/b.js'));
    await rm(join(repository.path, 'becomes-file'), { recursive: true });
    await repository.write('becomes-file', 'file\n');
    await rm(join(repository.path, 'becomes-folder'));
    await repository.write('becomes-folder/in/it', 'y\n');
    await repository.link('link', 'src/a.js');
    await chmod(join(repository.path, 'run.sh'), 0o755);
    const { clone, from, to } = await commitChange();
    const forth = await ask(clone, from, to);
    expect(forth.toSorted()).toEqual(askGit(from, to).toSorted());
    expect(forth).toHaveLength(11);
    expect((await ask(clone, to, from)).toSorted()).toEqual(askGit(to, from).toSorted());
    expect(await ask(clone, to, to)).toEqual([]);
  });
});

describe('files that are written as they are stored', () => {
  const plain = async () => {
    const { clone, from, to } = await commitChange();
    return await plainFiles(clone, to, await listChanges(clone, { from, to }));
  };

  it('are those of folders without attributes', async () => {
    await repository.write('other/.gitattributes', '* text eol=crlf\n');
    repository.commit();
    await repository.write('src/deep/c.js', 'c\n');
    await chmod(join(repository.path, 'run.sh'), 0o755);
    expect(await plain()).toEqual([
      { path: 'run.sh', mode: '100755', content: Buffer.from('ls\n') },
      { path: 'src/deep/c.js', mode: '100644', content: Buffer.from('c\n') },
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['below attributes', () => repository.write('src/.gitattributes', '*.js ident\n')],
    ['beside attributes in the first folder', () => repository.write('.gitattributes', '*.js text eol=crlf\n')],
    ['beside a link', () => repository.link('link', 'src/a.js')],
    ['beside one that goes', () => rm(join(repository.path, 'stays.txt'))],
  ])('are left to git %s', async (_, also) => {
    await also();
    await repository.write('src/deep/c.js', 'c\n');
    expect(await plain()).toBeUndefined();
  });
});
