/** The folder that an address names, as git reads it; undefined where it names another machine. */
export function localFolder(address: string): string | undefined {
  const [, named] = /^file:\/\/[^/]*(.*)/i.exec(address) ?? [];
  if (named !== undefined) return decoded(named);
  // As for git: a colon before the first slash ends the name of a machine.
  return /^[^/]*:/.test(address) ? undefined : address;
}

/**
 * An address of another machine in the one spelling that counts: host and path. Two that differ in scheme, user, port or case are taken for
 * the same, since most often they are.
 */
export function plainUrl(address: string): string {
  const [, host, name] = /^(?:[^@/]*@)?([^:/]+):(?!\/\/)(.*)/.exec(address) ?? [];
  const url = URL.parse(host === undefined ? address : `ssh://${host}/${name}`);
  if (!url) return address;
  const path = decoded(url.pathname).replaceAll(/\/+/g, '/');
  return withoutEnd(`${url.hostname.replace(/\.$/, '')}${path}`).toLowerCase();
}

/** A repository's address without what git does not ask for: slashes at its end, and `.git`. */
export function withoutEnd(address: string): string {
  return address.replace(/\/+$/, '').replace(/\/?\.git$/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
