import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import type { HostEnvironment } from '#workspace/sandbox-env.ts';

/** Variables by which programs are told of certificate authorities beside those of the system. */
const variables = [
  'NODE_EXTRA_CA_CERTS',
  'npm_config_cafile',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'GIT_SSL_CAINFO',
  'DENO_CERT',
];

/** Bytes of one bundle; those of operating systems have less than one MiB. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A certificate as PEM has it (RFC 7468); a private key in the same file stays where it is. */
const certificates =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/**
 * Writes the certificates that the operator's environment names into a folder of the run, and answers the variables that name them there.
 * Only what has network needs them; the files of the machine themselves are never shown.
 */
export async function writeAuthorities(
  host: HostEnvironment,
  { run, runSeen }: { readonly run: string; readonly runSeen: string },
): Promise<Readonly<Record<string, string>>> {
  const named: Record<string, string> = {};
  for (const variable of variables) {
    const found = await readCertificates(host[variable]);
    if (found === undefined) continue;
    await mkdir(join(run, 'authorities'), { recursive: true });
    await writeFile(join(run, 'authorities', `${variable}.pem`), found);
    named[variable] = join(runSeen, 'authorities', `${variable}.pem`);
  }
  return named;
}

/** Undefined when there is no such file, or no certificate in it: the program says so itself where it needs one. */
async function readCertificates(path: string | undefined): Promise<string | undefined> {
  if (path === undefined || !isAbsolute(path)) return undefined;
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : MAX_BYTES + 1),
    () => MAX_BYTES + 1,
  );
  if (size > MAX_BYTES) return undefined;
  const found = (await readFile(path, 'latin1').catch(() => '')).match(certificates);
  return found ? `${found.join('\n')}\n` : undefined;
}
