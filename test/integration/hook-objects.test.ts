import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { policyAt } from '#cli/hook/committed.ts';
import { readPlainly } from '#cli/hook/plain-objects.ts';
import { findCheckout } from '#cli/hook/repository.ts';

import type { TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, runGit, temporaryRepository } from '../support/temporary-repository.ts';

const FILE = '.architect.yaml';
const BOUNDS = { name: FILE, maxBytes: 1_048_576 };
const policyOf = (round: number) =>
  `${Array.from({ length: 400 }, (_, line) => `# rule ${line} of round ${line < round ? round : 0}`).join('\n')}\n`;

const ROUNDS = 12;

/** Rounds of a long file among others, so that packs hold trees and files as deltas of each other. */
async function history(): Promise<TemporaryRepository> {
  const names = Array.from({ length: 60 }, (_, n) => `src/module-${n}.ts`);
  const repository = await temporaryRepository(
    Object.fromEntries([[FILE, policyOf(0)], ...names.map((name) => [name, `export const name = '${name}';\n`])]),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    await repository.write(FILE, policyOf(round));
    await repository.write(`file-${round}`, String(round));
    repository.commit(`Round ${round}`);
  }
  return repository;
}

function read(folder: string, commit = 'HEAD') {
  const checkout = findCheckout(folder);
  if (!checkout) throw new Error('no checkout');
  return readPlainly(checkout, commit, BOUNDS);
}

async function asked(folder: string, commit = 'HEAD'): Promise<string | undefined> {
  const checkout = findCheckout(folder);
  if (!checkout) throw new Error('no checkout');
  const [found] = await policyAt(checkout, commit, gitEnvironment);
  return found?.text;
}

const commitsOf = (repository: TemporaryRepository) => repository.git('log', '--format=%H').split('\n');

describe('a file of a commit is read without git', () => {
  it.each([
    ['as loose objects', []],
    ['out of one pack', [['gc', '--quiet', '--aggressive']]],
    ['out of a pack whose deltas name their bases', [['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq']]],
    [
      'out of several packs',
      [
        ['repack', '-dq'],
        ['commit', '--quiet', '--amend', '-m', 'x'],
        ['repack', '-dq'],
      ],
    ],
    [
      'beside a multi-pack-index',
      [
        ['repack', '-adq'],
        ['multi-pack-index', 'write'],
      ],
    ],
    ['with references in one file', [['pack-refs', '--all', '--prune']]],
    ['with a detached head', [['checkout', '--quiet', '--detach', 'HEAD~3']]],
    ['on a branch of a branch', [['checkout', '--quiet', '-b', 'fix/queue_1.x']]],
  ] as const)('%s, at every commit exactly as git has it [hook:time:plain-objects]', async (_, steps) => {
    await using repository = await history();
    for (const step of steps) repository.git(...step);

    const commits = commitsOf(repository);
    expect(await read(repository.path)).toEqual({ text: `${repository.git('show', `HEAD:${FILE}`)}\n` });
    expect(await Promise.all(commits.map((commit) => read(repository.path, commit)))).toEqual(
      commits.map((_commit, index) => ({ text: policyOf(commits.length - 1 - index) })),
    );
  });

  it('from a worktree, whose head is its own', async () => {
    await using repository = await history();
    const second = path.join(repository.path, '../second');
    repository.git('worktree', 'add', '--quiet', '--detach', second, 'HEAD~7');

    expect(await read(second)).toEqual({ text: policyOf(ROUNDS - 7) });
    expect(await read(repository.path)).toEqual({ text: policyOf(ROUNDS) });
  });

  it('as absent where the commit does not have it, whatever lies in the tree', async () => {
    await using repository = await temporaryRepository({
      'a.ts': '',
      '.architect.yaml.old': 'x',
      '.architect.yam': 'x',
    });
    await repository.write(FILE, 'guardrails: {}\n');

    expect(await read(repository.path)).toEqual({ text: undefined });
  });
});

describe('whatever is not plain is left to git, which answers the same', () => {
  const expected = 'guardrails: {}\n';
  const one = (...options: string[]) => temporaryRepository({ [FILE]: expected, 'a.ts': '' }, options);

  it('objects that are named by SHA-256', async () => {
    await using repository = await one('--object-format=sha256');

    expect(await read(repository.path)).toBeUndefined();
    expect(await read(repository.path, repository.git('rev-parse', 'HEAD'))).toBeUndefined();
    expect(await asked(repository.path)).toBe(expected);
  });

  it('references in tables', async ({ skip }) => {
    const made = await one('--ref-format=reftable').catch(() => undefined);
    if (!made) skip('this git knows no reftable');
    await using repository = made as TemporaryRepository;

    expect(await read(repository.path)).toBeUndefined();
    expect(await asked(repository.path)).toBe(expected);
  });

  it('objects of another repository', async () => {
    await using repository = await one();
    const borrower = path.join(repository.path, '../borrower');
    runGit(path.dirname(borrower), 'clone', '--quiet', '--shared', repository.path, borrower);

    expect(await read(borrower)).toBeUndefined();
    expect(await asked(borrower)).toBe(expected);
  });

  it('a link in place of the file', async () => {
    await using repository = await temporaryRepository({ 'a.ts': '' });
    await repository.link(FILE, 'a.ts');
    repository.commit();

    expect(await read(repository.path)).toBeUndefined();
    expect(await asked(repository.path)).toBe('a.ts');
  });

  it('a folder or too much in place of the file, which git refuses', async () => {
    await using folder = await temporaryRepository({ [`${FILE}/x`]: '' });
    await using large = await temporaryRepository({ [FILE]: 'x'.repeat(1_048_577) });

    for (const { path: top } of [folder, large]) {
      expect(await read(top)).toBeUndefined();
      await expect(asked(top)).rejects.toThrow('no file of a size that is read');
    }
  });

  it('a commit that is not there', async () => {
    await using repository = await one();

    expect(await read(repository.path, 'a'.repeat(40))).toBeUndefined();
    expect(await read(repository.path, 'HEAD~1')).toBeUndefined();
  });

  it('a branch without a commit', async () => {
    await using repository = await one();
    repository.git('checkout', '--quiet', '--orphan', 'empty');

    expect(await read(repository.path)).toBeUndefined();
  });
});

describe('a repository that was tampered with', () => {
  const packs = (repository: TemporaryRepository, ending: string) => {
    const folder = path.join(repository.path, '.git/objects/pack');
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => path.join(folder, name));
  };

  it('is left to git, and breaks nothing, whichever byte of a pack or of its index is another', async () => {
    await using repository = await history();
    repository.git('gc', '--quiet', '--aggressive');
    const commit = repository.git('rev-parse', 'HEAD');
    let [left, answered] = [0, 0];
    for (const file of [...packs(repository, '.idx'), ...packs(repository, '.pack')]) {
      await chmod(file, 0o644);
      const whole = readFileSync(file);
      for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 500)) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 0xff;
        writeFileSync(file, changed);
        const answer = await read(repository.path, commit).catch(() => undefined);
        if (answer) answered += 1;
        else left += 1;
        expect([undefined, policyOf(ROUNDS)]).toContain(answer && (answer.text ?? 'absent'));
      }
      writeFileSync(file, whole);
    }

    // Most bytes are not on the way to this file.
    expect(left).toBeGreaterThan(20);
    expect(answered).toBeGreaterThan(20);
    expect(await read(repository.path, commit)).toEqual({ text: policyOf(ROUNDS) });
  });

  it('is read no further than its end, and no deeper than deltas go', async () => {
    await using repository = await history();
    repository.git('gc', '--quiet', '--aggressive');
    const [pack = ''] = packs(repository, '.pack');
    await chmod(pack, 0o644);
    const whole = readFileSync(pack);
    for (const length of [0, 8, 12, 40, Math.floor(whole.length / 2), whole.length - 30]) {
      await writeFile(pack, whole.subarray(0, length));
      expect(await read(repository.path)).not.toEqual({ text: undefined });
    }
    await writeFile(pack, whole);
    appendFileSync(pack, Buffer.alloc(64));
    expect(await read(repository.path)).toEqual({ text: policyOf(ROUNDS) });
  });
});

describe('an object whose content is not what its id stands for', () => {
  const strict = 'guardrails: { protected_files: ["src/x.ts"] }\n';
  const lenient = 'guardrails: {}\n';
  const KINDS = { commit: 'HEAD', tree: 'HEAD^{tree}', blob: `HEAD:${FILE}` } as const;
  type Kind = keyof typeof KINDS;

  /** A strict policy at the head, after a lenient one whose objects can stand in for it. */
  async function replaced(): Promise<TemporaryRepository> {
    const repository = await temporaryRepository({ [FILE]: lenient, 'src/x.ts': '' });
    await repository.write(FILE, strict);
    repository.commit('Strict');
    return repository;
  }

  const idOf = (repository: TemporaryRepository, kind: Kind, commit = 'HEAD') =>
    repository.git('rev-parse', KINDS[kind].replace('HEAD', commit));

  /** Puts the older object of a kind under the id of the newer one, as a file of its own. */
  async function forge(repository: TemporaryRepository, kind: Kind): Promise<void> {
    const id = idOf(repository, kind);
    const content = contentOf(repository, kind);
    const file = path.join(repository.path, '.git/objects', id.slice(0, 2), id.slice(2));
    await mkdir(path.dirname(file), { recursive: true });
    await rm(file, { force: true });
    await writeFile(file, deflateSync(Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content])));
  }

  /** The older object of a kind, byte by byte. */
  function contentOf(repository: TemporaryRepository, kind: Kind): Buffer {
    const id = idOf(repository, kind, 'HEAD~1');
    return execFileSync('git', ['cat-file', kind, id], { cwd: repository.path, env: gitEnvironment });
  }

  it.each(['commit', 'tree', 'blob'] as const)(
    'is not believed beside a pack that has the right %s [hook:time:plain-objects]',
    async (kind) => {
      await using repository = await replaced();
      repository.git('gc', '--quiet');
      await forge(repository, kind);

      expect(repository.git('show', `HEAD:${FILE}`)).toBe(strict.trimEnd());
      expect(await read(repository.path)).toEqual({ text: strict });
      expect(await asked(repository.path)).toBe(strict);
    },
  );

  const notItsOwn = /holds something else than its id says/;

  it.each(['commit', 'tree', 'blob'] as const)(
    'is refused where no pack has the %s, though git believes it [hook:time:forged]',
    async (kind) => {
      await using repository = await replaced();
      expect(await read(repository.path)).toEqual({ text: strict });
      const commit = repository.git('rev-parse', 'HEAD');
      await forge(repository, kind);

      expect(repository.git('cat-file', 'blob', `HEAD:${FILE}`)).toBe(lenient.trimEnd());
      for (const name of ['HEAD', commit]) {
        await expect(read(repository.path, name)).rejects.toThrow(notItsOwn);
        await expect(asked(repository.path, name)).rejects.toThrow(notItsOwn);
      }
    },
  );

  it.each(['commit', 'tree', 'blob'] as const)('is refused where a pack has it as the %s', async (kind) => {
    await using repository = await replaced();
    repository.git('gc', '--quiet');
    const [real, other] = [idOf(repository, kind), idOf(repository, kind, 'HEAD~1')];
    const folder = path.join(repository.path, '.git/objects/pack');
    const index = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.idx')) ?? '');
    await chmod(index, 0o644);
    writeFileSync(index, redirected(readFileSync(index), { from: real, to: other }));

    await expect(asked(repository.path)).rejects.toThrow(notItsOwn);
  });

  /** A pack's index that says of one object that it is where another is. */
  function redirected(index: Buffer, ids: { readonly from: string; readonly to: string }): Buffer {
    const total = index.readUInt32BE(8 + 255 * 4);
    const ranks = Array.from({ length: total }, (_, n) => index.toString('hex', 1032 + n * 20, 1052 + n * 20));
    const offsets = 1032 + total * 24;
    const changed = Buffer.from(index);
    index.copy(
      changed,
      offsets + ranks.indexOf(ids.from) * 4,
      offsets + ranks.indexOf(ids.to) * 4,
      offsets + ranks.indexOf(ids.to) * 4 + 4,
    );
    return changed;
  }
});
