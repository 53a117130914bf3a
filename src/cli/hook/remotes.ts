import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { realPath, statOf } from '#cli/hook/real-path.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';

/** Bytes of a repository's configuration that are read. */
const MAX_BYTES = 1_048_576;

/** The addresses of a checkout: where it lies, and its remotes. Two repositories with one in common are taken for the same. */
export function addressesOf({ top, shared }: Pick<Checkout, 'top' | 'shared'>): ReadonlySet<string> {
  const remotes = remotesIn(path.join(shared, 'config')).map((address) => plainAddress(address, top));
  return new Set([withoutEnd(top), withoutEnd(shared), ...remotes]);
}

/** The same for the location of an incident: a folder, which may be a bare repository, or a URL. */
export function addressesAt(location: string): ReadonlySet<string> {
  const named = localPath(location);
  if (named === undefined) return new Set([plainAddress(location, '/')]);
  const folder = realPath('/', named) ?? named;
  const checkout = existsSync(path.join(folder, '.git')) ? findCheckout(folder) : undefined;
  return addressesOf(checkout ?? { top: folder, shared: folder });
}

/** Read without git, which takes longer to start than all the rest; empty where that cannot be done. */
function remotesIn(config: string): readonly string[] {
  const found = statOf(config);
  if (found?.isFile() !== true || found.size > MAX_BYTES) return [];
  try {
    return urlsIn(readFileSync(config, 'utf8'));
  } catch {
    return [];
  }
}

const HEADER = /^\s*\[\s*([\w.-]+)[^\]]*\]/;
const URL_LINE = /^\s*(?:push)?url\s*=(.*)/i;

function urlsIn(config: string): readonly string[] {
  const urls: string[] = [];
  let isRemote = false;
  for (const line of config.replaceAll(/\\\r?\n/g, '').split('\n')) {
    const [header, section] = HEADER.exec(line) ?? [''];
    if (section !== undefined) isRemote = /^remote\b/i.test(section);
    const value = isRemote ? URL_LINE.exec(line.slice(header.length))?.[1] : undefined;
    if (value !== undefined)
      urls.push(
        value
          .replace(/\s[#;].*/, '')
          .replaceAll(/["\\]/g, '')
          .trim(),
      );
  }
  return urls;
}

/** An address in the one spelling that counts: of a URL and of `user@host:path` the host and the path, of a folder where it is. */
function plainAddress(address: string, base: string): string {
  const folder = localPath(address);
  if (folder !== undefined) return withoutEnd(realPath(base, folder) ?? folder);
  const [, host, name] = /^(?:[^@/]*@)?([^:/]+):(?!\/\/)(.*)/.exec(address) ?? [];
  const url = URL.parse(host === undefined ? address : `ssh://${host}/${name}`);
  if (!url) return address;
  return withoutEnd(`${url.hostname}/${decoded(url.pathname).replace(/^\/+/, '')}`).toLowerCase();
}

/** The folder that an address names; undefined where it names another machine. */
function localPath(address: string): string | undefined {
  const [, named] = /^file:\/\/[^/]*(.*)/i.exec(address) ?? [];
  if (named !== undefined) return decoded(named);
  // As for git: a colon before the first slash ends the name of a machine.
  return /^[^/]*:/.test(address) ? undefined : address;
}

function withoutEnd(address: string): string {
  return address.replace(/\/+$/, '').replace(/\/?\.git$/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
