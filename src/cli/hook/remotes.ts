import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { realPath, statOf } from '#cli/hook/real-path.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import type { RepositoryPlace } from '#domain/incident.ts';
import { localFolder, plainUrl, withoutEnd } from '#domain/repository-address.ts';

/** Bytes of a repository's configuration that are read. */
const MAX_BYTES = 1_048_576;
/** Repositories that are followed from one to the next. */
const MAX_PLACES = 40;

type Place = Pick<Checkout, 'top' | 'shared'>;

/**
 * The addresses of a checkout: where it lies, its remotes, and theirs as far as they are on this machine. Two repositories with one in
 * common are taken for the same.
 */
export function addressesOf(checkout: Place): ReadonlySet<string> {
  const found = new Set<string>();
  const places = [checkout];
  // A list is gone through with what is added to it on the way.
  for (const { top, shared } of places) {
    if (places.length > MAX_PLACES) break;
    found.add(withoutEnd(top)).add(withoutEnd(shared));
    for (const address of remotesIn(path.join(shared, 'config'))) {
      const plain = plainAddress(address, top);
      if (found.has(plain)) continue;
      found.add(plain);
      const folder = localFolder(address);
      if (folder !== undefined) places.push(placeAt(folder, top));
    }
  }
  return found;
}

/** The same for the repository of an incident: a folder, which may be a bare repository, or a URL. */
export function addressesAt({ location, identity }: RepositoryPlace): ReadonlySet<string> {
  const folder = localFolder(location);
  const found = folder === undefined ? [plainUrl(location)] : addressesOf(placeAt(folder, '/'));
  return new Set([...found, ...(identity === undefined ? [] : [withoutEnd(identity)])]);
}

/** A folder that an address names, which git also finds without the `.git` at its end. */
function placeAt(named: string, base: string): Place {
  const resolved = realPath(base, named) ?? named;
  const folder = [resolved, `${resolved}.git`].find((each) => existsSync(each)) ?? resolved;
  const checkout = existsSync(path.join(folder, '.git')) ? findCheckout(folder) : undefined;
  return checkout ?? { top: folder, shared: folder };
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

/** An address in the one spelling that counts: of another machine the host and the path, of a folder where it is. */
function plainAddress(address: string, base: string): string {
  const folder = localFolder(address);
  return folder === undefined ? plainUrl(address) : withoutEnd(realPath(base, folder) ?? folder);
}
