import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { loadConfig } from '#config/load.ts';
import { parseOperatorPolicy, parsePolicy } from '#policy/load.ts';

import { generateFiles } from '../../scripts/pages/index.ts';
import { root } from '../support/citations.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).toSorted();

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(?<language>\w+)\n(?<text>.*?)^```$/gms)].map(({ groups }) => ({
    page,
    language: groups?.['language'] ?? '',
    text: groups?.['text'] ?? '',
  })),
);

it('generated files are up to date; else run npm run generate [house:docs:fresh]', () => {
  const stale = generateFiles(root).filter(({ path: file, text }) => read(file) !== text);

  expect(
    stale.map((file) => file.path),
    'run npm run generate',
  ).toEqual([]);
});

it('every relative link leads to a file, and to a heading of it [house:docs:links]', () => {
  expect(pages.flatMap(brokenLinks)).toEqual([]);
});

it('every page in docs/ can be reached from the README [house:docs:links]', () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page)) return;
    reached.add(page);
    for (const { target } of linksOf(page)) {
      if (target.endsWith('.md') && existsSync(path.join(root, target))) visit(target);
    }
  };
  visit('README.md');

  expect(pages.filter((page) => !reached.has(page) && !page.startsWith('docs/decisions/'))).toEqual([]);
});

it('every command line names an existing command and its options [house:docs:commands]', () => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ page, text }) => commandLines(page, text));

  expect(lines.length).toBeGreaterThan(10);
  expect(lines.flatMap(problemsOf)).toEqual([]);
});

it('every configuration and every policy that is shown loads [house:docs:examples]', async () => {
  const yaml = blocks.filter(({ language }) => language === 'yaml');

  expect(yaml.length).toBeGreaterThan(3);
  for (const { page, text } of yaml) {
    await expect(load(text), `${page}:\n${text}`).resolves.toBeDefined();
  }
});

it('every rule that calls are refused by is named in docs/policy.md, those of hooks in docs/hooks.md [house:docs:fresh]', () => {
  const sources = globSync('src/{policy,engine,state}/**/*.ts', { cwd: root }).map(read).join('\n');
  const shape = /\b(?:rule: |ruleIds: \[|ask\()['`](?<rule>[a-z_]+\/?\w*)/g;
  const rules = new Set([...sources.matchAll(shape)].map(({ groups }) => groups?.['rule'] ?? ''));
  const told = `${read('docs/policy.md')}${read('docs/hooks.md')}`;
  const isNamed = (rule: string) => told.includes(`\`${rule}`) || told.includes(`\`${rule.split('/')[0]}/<`);

  expect(rules.size).toBeGreaterThan(30);
  expect([...rules].filter((rule) => !isNamed(rule))).toEqual([]);
});

async function load(text: string): Promise<unknown> {
  const shipped = parsePolicy(read('policies/default.yaml'), 'policies/default.yaml');
  if (/^(guardrails|protected_files):/m.test(text)) return parseOperatorPolicy(text, 'example', { shipped });
  await using folder = await temporaryFolder();
  writeFileSync(path.join(folder.path, 'fixgate.yaml'), text);
  writeFileSync(path.join(folder.path, 'my-policy.yaml'), read('policies/default.yaml'));
  const environment = {
    OTEL_AUTHORIZATION: 'Bearer otel',
    PROM_TOKEN: 'secret',
    GITHUB_TOKEN: 'secret',
    DD_API_KEY: 'secret',
    DD_APP_KEY: 'secret',
    LOKI_TOKEN: 'secret',
    MIMIR_TOKEN: 'secret',
    ELASTIC_API_KEY: 'secret',
    FIXGATE_WEBHOOK_SECRET: 'a secret that nobody guesses',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x',
  };
  return loadConfig({ workingDirectory: folder.path, path: undefined, environment });
}

interface Link {
  readonly target: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): readonly Link[] {
  const prose = read(page).replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/\]\((?<href>[^)\s]+)\)/g)]
    .map(({ groups }) => groups?.['href'] ?? '')
    .filter((href) => !/^[a-z]+:/.test(href))
    .map((href) => {
      const [file = '', anchor] = href.split('#');
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      return { target: target.replace(/\/$/, ''), anchor };
    });
}

function brokenLinks(page: string): readonly string[] {
  return linksOf(page)
    .filter(({ target, anchor }) => !existsSync(path.join(root, target)) || (anchor && !anchorsOf(target).has(anchor)))
    .map(({ target, anchor }) => `${page} → ${target}${anchor ? `#${anchor}` : ''}`);
}

/** Headings as GitHub links them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = read(page).matchAll(/^#+ (?<heading>.+)$/gm);
  return new Set(
    [...headings].map(({ groups }) =>
      (groups?.['heading'] ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

interface CommandLine {
  readonly page: string;
  readonly words: readonly string[];
}

/** The last call of `fixgate` on each line, without quoted arguments and comments. */
function commandLines(page: string, text: string): readonly CommandLine[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const plain = line.replace(/(^|\s)#.*$/, '').replaceAll(/'[^']*'|"[^"]*"/g, 'QUOTED');
    const words = /^(?:.*\s)?fixgate (?<rest>[a-z-].*)$/.exec(plain.trim())?.groups?.['rest']?.split(/\s+/);
    return words ? [{ page, words }] : [];
  });
}

/** The committed help texts know every command and option. */
function problemsOf({ page, words }: CommandLine): readonly string[] {
  const shown = `${page}: fixgate ${words.join(' ')}`;
  const [first = '', second = ''] = words;
  const help = helpOf([first, second]) ?? helpOf([first]);
  if (help === undefined) return [`${shown}: no such command`];
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
  return options
    .filter((option) => !new RegExp(`${option}\\b`).test(help))
    .map((option) => `${shown}: no option ${option}`);
}

function helpOf(words: readonly string[]): string | undefined {
  const file = `test/surface/snapshots/help/${['fixgate', ...words].join('-')}.txt`;
  return /^[a-z]+$/.test(words.join('')) && existsSync(path.join(root, file)) ? read(file) : undefined;
}
