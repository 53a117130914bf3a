import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The licence texts of every package that has a module in the bundle. */
export async function collectNotices(modules: readonly string[]): Promise<string> {
  const folders = [...new Set(modules.map(packageFolder).filter((folder) => folder !== undefined))].toSorted();
  const notices = await Promise.all(folders.map(noticeOf));
  return `Fixgate's bundle contains these packages.\n\n${notices.join('\n')}`;
}

function packageFolder(file: string): string | undefined {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(file)?.[0];
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(path.join(folder, file), 'utf8') : `Licence: ${license}\n`;
  return `${'-'.repeat(78)}\n${name} ${version}\n\n${text.trim()}\n`;
}
