import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { Permit } from '#policy/verdict.ts';
import { defineProvider } from '#providers/define-provider.ts';
import type { CodeHost, PublishRequest } from '#providers/sources.ts';

interface LocalHostDeps {
  /** Pushes `commit` to the incident's branch on the repository's remote. */
  readonly push: (permit: Permit<'publish'>, commit: string) => Promise<void>;
  /** What became of a pushed change, as git tells. */
  readonly fateOf: CodeHost['outcome'];
  /** Where pull requests are written, beside the reports. */
  readonly folder: string;
}

/** A pushed branch and a pull request as a file: needs no forge and no credentials. */
export const localHost = defineProvider({
  id: 'local',
  title: 'Local remote',
  docs: "Pushes the branch to the repository's remote and writes the pull request as a Markdown file beside the reports.",
  settings: z.strictObject({}),
  capabilities: { host: (_settings, { push, fateOf, folder }) => createLocalHost({ push, fateOf, folder }) },
});

/** The code host of a repository without a forge: a pushed branch and a pull request as a file; needs no credentials. */
export function createLocalHost({ push, fateOf, folder }: LocalHostDeps): CodeHost {
  return {
    async outcome(incident, pullRequest, signal) {
      if (pullRequest.number !== undefined) throw notOurs(incident.id);
      return await fateOf(incident, pullRequest, signal);
    },
    async publish(permit, request, signal) {
      refuseWhenCancelled(signal);
      await push(permit, request.commit);
      const path = join(folder, `${permit.incident.id}-pull-request.md`);
      const created = await replaceFile(path, toDocument(permit, request));
      return { url: pathToFileURL(path).href, created, draft: request.draft, warnings: [] };
    },
  };
}

/** Git alone must not contradict a forge: a pull request that was closed there may look open here. */
function notOurs(id: string): FixgateError {
  return new FixgateError('not_found', `The pull request of ${id} is on a code host that cannot be asked here.`, {
    fix: 'Configure that code host, with its token, under code_host.',
  });
}

function refuseWhenCancelled(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new FixgateError('cancelled', 'The call was cancelled before the branch was pushed. Nothing was done.', {
    fix: 'Call open_pr again when the pull request is still wanted.',
  });
}

/** Front matter that any reader of YAML understands (JSON strings are YAML), then the body as it is. */
function toDocument(permit: Permit<'publish'>, { commit, title, body, labels, draft }: PublishRequest): string {
  const { branch, baseBranch } = permit.action;
  const fields = { title, head: branch, base: baseBranch, commit, draft, labels };
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return ['---', ...lines, '---', '', body.trimEnd(), ''].join('\n');
}

/** Writes the whole file or nothing; answers whether it is new. Of parallel calls exactly one makes it. */
async function replaceFile(path: string, text: string): Promise<boolean> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    const created = await claim(path);
    await rename(temporary, path);
    return created;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function claim(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
