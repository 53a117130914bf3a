import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry on loopback that serves the tarball of one package, and remembers what it was asked. */
export interface PackageRegistry extends AsyncDisposable {
  readonly url: string;
  /** A lockfile of npm for a project `app` that depends on the package `dep`. */
  readonly lockfile: string;
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
}

/** Serves `dep@1.0.0`, whose install script would leave a mark; over TLS when it is given a certificate. */
export async function packageRegistry(tls?: { readonly key: string; readonly cert: string }): Promise<PackageRegistry> {
  const manifest = {
    name: 'dep',
    version: '1.0.0',
    main: 'index.js',
    scripts: { install: "node -e \"require('fs').writeFileSync('ran', '')\"" },
  };
  const tarball = gzipSync(
    Buffer.concat([
      tarEntry('package/package.json', JSON.stringify(manifest)),
      tarEntry('package/index.js', 'module.exports = 42;\n'),
      Buffer.alloc(1024),
    ]),
  );
  const requests: { path: string; authorization: string | undefined }[] = [];
  const answer: RequestListener = (request, response) => {
    requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    if (request.url !== '/dep-1.0.0.tgz') return response.writeHead(404).end();
    return response.end(tarball);
  };
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const dep = { version: '1.0.0', resolved: `${url}/dep-1.0.0.tgz`, integrity, hasInstallScript: true };
  const packages = { '': { name: 'app', dependencies: { dep: '1.0.0' } }, 'node_modules/dep': dep };
  return {
    url,
    requests,
    lockfile: JSON.stringify({ name: 'app', lockfileVersion: 3, requires: true, packages }),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One file of an archive in the format of POSIX.1-1988 (ustar). */
function tarEntry(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  const put = (at: number, value: string) => header.write(value, at, 'latin1');
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${text.length.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\x0000');
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
}
