// Fetches what the corpora are built from: consecutive npm releases, the fixtures of git's own tests for `git apply`, and reports of
// test runners that cannot be installed here, as published packages hold them.
// Usage: node scripts/corpora.ts FOLDER. The second needs apt-get; `npm test` finds the folder by FIXGATE_CORPORA.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Package, release, next release: widely used ones, each pair with several changed files. */
const pairs: readonly (readonly [name: string, before: string, after: string])[] = [
  ['ajv', '8.11.0', '8.11.1'],
  ['async', '3.2.4', '3.2.5'],
  ['axios', '1.18.0', '1.18.1'],
  ['axios', '1.21.0', '1.21.1'],
  ['body-parser', '2.2.0', '2.2.1'],
  ['body-parser', '2.2.1', '2.2.2'],
  ['braces', '3.0.2', '3.0.3'],
  ['cheerio', '1.1.0', '1.1.1'],
  ['cheerio', '1.1.1', '1.1.2'],
  ['cors', '2.8.4', '2.8.5'],
  ['css-what', '6.2.0', '6.2.1'],
  ['css-what', '6.2.1', '6.2.2'],
  ['ejs', '7.0.1', '7.0.2'],
  ['espree', '11.1.0', '11.1.1'],
  ['fast-json-stringify', '7.3.5', '7.3.6'],
  ['fast-uri', '4.2.1', '4.2.2'],
  ['fast-uri', '4.2.2', '4.2.3'],
  ['glob', '14.0.5', '14.0.6'],
  ['handlebars', '4.7.8', '4.7.9'],
  ['handlebars', '4.7.9', '4.7.10'],
  ['immer', '11.2.7', '11.2.9'],
  ['immer', '11.2.9', '11.2.10'],
  ['ioredis', '5.11.0', '5.11.1'],
  ['js-yaml', '5.4.1', '5.4.2'],
  ['js-yaml', '5.4.2', '5.4.3'],
  ['minimatch', '11.0.7', '11.0.8'],
  ['minimatch', '11.0.8', '11.0.9'],
  ['minimist', '1.2.7', '1.2.8'],
  ['moment', '2.29.3', '2.29.4'],
  ['moment', '2.30.0', '2.30.1'],
  ['mongoose', '9.11.3', '9.11.4'],
  ['mongoose', '9.12.0', '9.12.1'],
  ['nanoid', '6.0.1', '6.0.2'],
  ['nodemailer', '10.1.4', '10.1.7'],
  ['nodemailer', '10.3.0', '10.3.1'],
  ['nth-check', '2.1.0', '2.1.1'],
  ['pg', '8.23.0', '8.23.1'],
  ['postcss', '8.5.31', '8.5.32'],
  ['qs', '6.17.0', '6.17.1'],
  ['redux', '5.0.0', '5.0.1'],
  ['socket.io-parser', '4.2.5', '4.2.6'],
  ['socket.io-parser', '4.2.6', '4.2.7'],
  ['tar', '7.5.21', '7.5.22'],
  ['undici', '8.12.3', '8.12.4'],
  ['validator', '13.15.23', '13.15.26'],
  ['validator', '13.15.26', '13.15.35'],
  ['yaml', '2.8.3', '2.8.4'],
  ['zod', '4.6.5', '4.6.6'],
];

/** Releases that hold the report of a real run, with what the registry said of their archives when the reports were checked by hand. */
const recordings: readonly (readonly [spec: string, sha512: string])[] = [
  // dotnet test, MSTest 2: tests/data/mstest/testresults.trx
  [
    'test-results-parser@0.1.7',
    'PmjhJm+PY9v1WjAWcS8bkVSv0GbHrb7SJaTC2E9civaACf7osU7ayF7fIe56gDuJZLNOlCsCfbDoIZHC89eAoQ==',
  ],
];

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder to write to.');
const root = path.resolve(folder);
await mkdir(root, { recursive: true });
await fetchReleases(path.join(root, 'npm'));
await fetchGitFixtures(path.join(root, 'git'));
await fetchRecordings(path.join(root, 'reports'));

async function fetchReleases(target: string): Promise<void> {
  const specs = [...new Set(pairs.flatMap(([name, before, after]) => [`${name}@${before}`, `${name}@${after}`]))];
  await unpack(target, specs);
  await writeFile(path.join(target, 'pairs.json'), JSON.stringify(pairs));
  say(`${specs.length} releases, ${pairs.length} pairs`);
}

async function fetchRecordings(target: string): Promise<void> {
  await unpack(
    target,
    recordings.map(([spec]) => spec),
    new Map(recordings),
  );
  say(`${recordings.length} releases with recorded reports`);
}

/** Each release in a folder of its name; an archive with a known digest must have it. */
async function unpack(
  target: string,
  specs: readonly string[],
  digests: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const archives = path.join(target, 'archives');
  await mkdir(archives, { recursive: true });
  run('npm', ['pack', '--silent', '--pack-destination', archives, ...specs]);
  for (const spec of specs) {
    const archive = path.join(archives, `${spec.replace('@', '-')}.tgz`);
    const digest = digests.get(spec);
    if (digest !== undefined && digest !== (await sha512(archive)))
      throw new Error(`${spec} is not the archive that was checked.`);
    const release = path.join(target, spec);
    await mkdir(release, { recursive: true });
    run('tar', ['-xzf', archive, '--strip-components=1', '-C', release]);
  }
  await rm(archives, { recursive: true });
}

/** Debian's source package, through a list of its own: the system's sources stay as they are. */
async function fetchGitFixtures(target: string): Promise<void> {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  if (!existsSync(sources)) {
    say(`no fixtures of git: ${sources} is not there`);
    return;
  }
  await rm(target, { recursive: true, force: true });
  const [lists, parts] = [path.join(target, 'lists'), path.join(target, 'parts')];
  await mkdir(path.join(lists, 'partial'), { recursive: true });
  await mkdir(parts);
  const text = await readFile(sources, 'utf8');
  await writeFile(path.join(parts, 'debian.sources'), text.replaceAll(/^Types:.*$/gm, 'Types: deb-src'));
  const options = ['SourceList=/dev/null', `SourceParts=${parts}`].map((each) => `Dir::Etc::${each}`);
  const apt = ['-qq', ...[...options, `Dir::State::Lists=${lists}`].flatMap((each) => ['-o', each])];
  run('apt-get', [...apt, 'update'], target);
  run('apt-get', [...apt, 'source', '--download-only', 'git'], target);
  const archive = (await readdir(target)).find((name) => name.endsWith('.orig.tar.xz')) ?? '';
  run('tar', ['-xJf', archive, '--strip-components=2', '--wildcards', '*/t/t41[01]*/*'], target);
  say(`fixtures of ${archive}`);
}

async function sha512(file: string): Promise<string> {
  return createHash('sha512')
    .update(await readFile(file))
    .digest('base64');
}

function run(program: string, args: readonly string[], cwd = root): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
