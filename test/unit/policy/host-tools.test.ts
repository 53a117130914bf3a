import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import { reachOf } from '#policy/host-command.ts';
import type { Host } from '#policy/host-tools.ts';
import { OWN_TOOLS, readHostCall } from '#policy/host-tools.ts';

import { tools } from '../../../tools/index.ts';

type Input = Readonly<Record<string, unknown>>;

const read = (host: Host, tool: string, input: Input) => readHostCall({ host, tool, input }, ['fixgate']);
const usesOf = (host: Host, tool: string, input: Input) => {
  const facts = read(host, tool, input);
  return facts.kind === 'files' ? facts.uses.map(({ use, text, extent }) => `${use} ${extent} ${text}`) : facts.kind;
};

it.each<[Host, string, Input, readonly string[]]>([
  ['claude', 'Edit', { file_path: '/p/a.ts', old_string: 'a', new_string: 'b' }, ['write name /p/a.ts']],
  ['claude', 'Write', { file_path: '/p/a.ts', content: '' }, ['write name /p/a.ts']],
  ['claude', 'MultiEdit', { file_path: '/p/a.ts', edits: [] }, ['write name /p/a.ts']],
  ['claude', 'NotebookEdit', { notebook_path: '/p/a.ipynb' }, ['write name /p/a.ipynb']],
  ['claude', 'Read', { file_path: '/p/a.ts' }, ['read name /p/a.ts']],
  ['claude', 'Grep', { pattern: 'x' }, ['read deep .']],
  ['claude', 'Grep', { pattern: 'x', path: '/p/src', glob: '*.ts' }, ['read deep /p/src']],
  ['claude', 'Glob', { pattern: '**/*.ts' }, ['read listed .']],
  ['claude', 'Glob', { pattern: '.env', path: '/p' }, ['read listed /p', 'read listed /p/.env']],
  ['architect', 'write_file', { path: 'a.ts', content: '' }, ['write name a.ts']],
  ['architect', 'edit_file', { path: 'a.ts', old_str: 'a', new_str: 'b' }, ['write name a.ts']],
  ['architect', 'delete_file', { path: 'a.ts' }, ['write name a.ts']],
  ['architect', 'apply_patch', { path: 'a.ts', patch: '@@ -1 +1 @@\n-a\n+b\n' }, ['write name a.ts']],
  ['architect', 'read_file', { path: 'a.ts' }, ['read name a.ts']],
  ['architect', 'search_code', { pattern: 'x', path: null }, ['read deep .']],
  ['architect', 'list_files', {}, ['read listed .']],
])('knows what %s touches with %s %j', (host, tool, input, uses) => {
  expect(usesOf(host, tool, input)).toEqual(uses);
});

it("takes the headers of architect's patches for names, since its fallback obeys them", () => {
  const patch = '--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-a\n+b\n';

  expect(usesOf('architect', 'apply_patch', { path: 'a.ts', patch })).toContain('write name .env');
});

/** What a patch of `a.ts` would change besides that file, by whatever `patch` may take for a name. */
const named = (patch: string) => {
  const uses = usesOf('architect', 'apply_patch', { path: 'a.ts', patch: patch.replaceAll('⏎', '\n') });
  return typeof uses === 'string' ? uses : uses.slice(1).map((use) => use.replace('write name ', ''));
};

it.each<[string, readonly string[]]>([
  ['--- a/x⏎+++ b/x⏎', ['a/x', 'x', 'b/x']],
  ['--- ops/approvers 2026-01-01⏎', ['ops/approvers 2026-01-01', 'approvers 2026-01-01', 'ops/approvers', 'approvers']],
  ['+++ "b/x y"⏎', ['"b/x y"', 'b/x y', 'x y']],
  ['+++ "b/.env" 2026-01-01⏎', ['"b/.env" 2026-01-01', 'b/.env', '.env']],
  [String.raw`+++ "b/.\145n\166"⏎`, [String.raw`"b/.\145n\166"`, 'b/.env', '.env']],
  [String.raw`+++ "b/\303\244\"x"⏎`, [String.raw`"b/\303\244\"x"`, 'b/ä"x', 'ä"x']],
  [String.raw`+++ "b/\\145"⏎`, [String.raw`"b/\\145"`, String.raw`b/\145`, String.raw`\145`]],
  ['+++ x"y"⏎', ['x"y"']],
  ['+++ b//x⏎', ['b//x', 'x']],
  ['+++ /x⏎', ['/x', 'x']],
  ['+++ x/⏎', ['x/']],
  ['+++ dir/sub/x⏎', ['dir/sub/x', 'sub/x']],
  ['diff --git a/x b/y⏎', ['a/x', 'x', 'b/y', 'y']],
  [' X>diff --git  a/x  b/y  ⏎', ['a/x', 'x', 'b/y', 'y']],
  ['diff --git a/x m b/yz⏎', ['a/x', 'x', 'b/yz', 'yz']],
  ['+see diff --git a/x b/y⏎', []],
  ['diff --gits a/x b/y⏎', []],
  ['+see --- x⏎', []],
  ['-a --- x⏎', []],
  ['diff --git⏎', []],
])('takes %j for headers of %j', (patch, names) => {
  expect(named(patch)).toEqual(names);
});

it('hands on command, folder and variables of a shell call', () => {
  const input = { command: 'npm test', cwd: 'web', env: { CI: '1' } };

  expect(read('architect', 'run_command', input)).toEqual({
    kind: 'command',
    command: 'npm test',
    folder: 'web',
    environment: { CI: '1' },
  });
});

it.each<[Host, string, Input]>([
  ['claude', 'WebFetch', { url: 'https://example.com', prompt: 'x' }],
  ['claude', 'TodoWrite', { todos: [] }],
  ['claude', 'Agent', { description: 'x', prompt: 'edit .env' }],
  ['claude', 'mcp__fixgate__apply_patch', { incident_id: 'PD-1', patch: 'x' }],
  ['claude', 'mcp__tickets__count', { limit: 7, url: 'https://example.com/a' }],
  ['claude', 'CronCreate', { cron: '* * * * *', prompt: 'x' }],
  ['claude', 'ReadMcpResourceTool', { server: 'x', uri: 'incident://PD-1' }],
  ['architect', 'mcp_fixgate_run_tests', { incident_id: 'PD-1', files: ['a.test.ts'] }],
  ['architect', 'dispatch_subagent', { task: 'x', relevant_files: ['a.ts'] }],
])('leaves %s %s alone', (host, tool, input) => {
  expect(read(host, tool, input)).toEqual({ kind: 'ignored' });
});

it.each<[Host, string, Input]>([
  ['claude', 'mcp__files__write_file', { path: 'a.ts', content: '' }],
  ['claude', 'mcp__fixgate2__write', { file_path: 'a.ts' }],
  ['claude', 'Workflow', { script: 'await agent("x")' }],
  ['claude', 'REPL', { code: '1' }],
  ['claude', 'PowerShell', { command: 'dir' }],
  ['architect', 'mcp_shell_run', { command: 'ls' }],
  ['architect', 'copy_file', { targetPath: 'a.ts' }],
  ['claude', 'mcp__fixgate__exec', { command: 'ls' }],
  ['claude', 'mcp__x__y', { target: '/p/.env' }],
  ['claude', 'mcp__x__y', { deep: { list: [{ any: '../a' }] } }],
  ['claude', 'mcp__x__y', { input: '{"any": "./a"}' }],
  ['claude', 'mcp__x__y', { uri: 'file:///p/.env' }],
  ['claude', 'mcp__x__y', { args: ['x'] }],
  ['claude', 'mcp__x__y', { run: 'rm -rf x' }],
  ['claude', 'mcp__x__y', { map: { '/p/.env': 'x' } }],
  ['claude', 'mcp__x__y', JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`)],
])('refuses %s %s, which is not known and names a file or a command', (host, tool, input) => {
  expect(read(host, tool, input)).toMatchObject({ kind: 'refused', rule: 'host_tool/unknown' });
});

it.each<[Host, string, Input]>([
  ['claude', 'Edit', {}],
  ['claude', 'Edit', { file_path: ['/p/.env'] }],
  ['claude', 'Edit', { path: '/p/.env' }],
  ['claude', 'Bash', { command: 7 }],
  ['claude', 'Bash', { command: '' }],
  ['claude', 'Grep', { pattern: 'x', path: 7 }],
  ['architect', 'run_command', { command: 'ls', env: { PATH: 7 } }],
  ['architect', 'run_command', { command: 'ls', env: [] }],
  ['architect', 'apply_patch', { path: 'a.ts' }],
  ['claude', 'Read', {}],
  ['claude', 'Read', { file_path: '' }],
  ['claude', 'WebFetch', { url: 'file://host/p/.env' }],
  ['claude', 'WebFetch', { url: 'view-source:file:///p/.env' }],
  ['claude', 'Bash', { command: 'ls', env: 'PATH=.' }],
])('refuses %s %s with arguments of another shape: %j', (host, tool, input) => {
  expect(read(host, tool, input)).toMatchObject({ kind: 'refused', rule: 'host_tool/malformed' });
});

const written = (command: string) =>
  reachOf(analyzeCommand(command))
    .uses.filter(({ use }) => use === 'write')
    .map(({ extent, text }) => (extent === 'name' ? text : `${extent} ${text}`));

it.each<[string, readonly string[]]>([
  ['echo x > a', ['a']],
  ['echo x >> a 2>&1', ['a']],
  ['echo x >| a', ['a']],
  ['cmd &> a', ['a']],
  ['exec 3<> a', ['a']],
  ['sh -c "echo x > a"', ['a']],
  ['echo $(cat x > a)', ['a']],
  ['echo x > "$F"', ['unknown ']],
  ['tee -a a b', ['a', 'b']],
  ['cp a b', ['b', 'b', 'b/a']],
  ['cp -t d a', ['d', 'd', 'd/a']],
  ['mv a b', ['b', 'deep a', 'b', 'b/a']],
  ['ln -s a b', ['b', 'deep a', 'b', 'b/a']],
  ['sed -i s/a/b/ f', ['f']],
  ['sed -n s/a/b/p f', []],
  ['dd if=x of=a', ['a']],
  ['rm -rf a', ['deep a']],
  ['rm *.lock', ['glob ']],
  ['git apply x.patch', ['unknown ']],
  ['git apply --check x.patch', []],
  ['git apply --stat -v -p1 --directory=a x.patch', []],
  ['git apply --check --ap x.patch', ['unknown ']],
  ['git apply --check --no-check x.patch', ['unknown ']],
  ['git apply -p --check x.patch', ['unknown ']],
  ['git apply -- --check', ['unknown ']],
  ['git apply --check "$x" x.patch', ['unknown ']],
  ['git apply --check "./$x"', []],
  ['git checkout main -- a', ['a']],
  ['git config user.name', []],
  ['git config user.name x', ['.git/config']],
  ['git config --global user.name x', ['~/.gitconfig']],
  ['curl -so a https://example.com/b', ['a']],
  ['curl -O https://example.com/b', ['b']],
  ['sort -o a b', ['a']],
  ['tar xf a.tgz', ['unknown ']],
  ['tar tf a.tgz', []],
  ['tar cf a src', ['a']],
  ['tar cvbf 20 a src', ['a']],
  ['tar -cvf a src', ['a']],
  ['tar --create --fil=a src', ['a']],
  ['tar -C d -xf a', ['unknown ']],
  ['tar t --index-file=a', ['a']],
  ['tar', []],
  ['sort -uoa b', ['a']],
  ['sort --outp=a b', ['a']],
  ['sort -kob a', []],
  ['sort a b', []],
  ['shuf -eoa b', ['a']],
  ['shuf -n 3 a', []],
  ['zip -q a b', ['a']],
  ['zip -P x a b', ['a']],
  ['zip --out a b', ['b', 'a']],
  ['ar r a b', ['a']],
  ['tar --remove-files -cf a b', ['deep a', 'deep b']],
  ['tar -cf a b --remove-files', ['deep a', 'deep b']],
  ['tar -v -x -f a', ['unknown ']],
  ['tar -vcf a b', ['a']],
  ['tar -v a', []],
  ['tar tf a -c b', ['a']],
  ['tar f a', []],
  ['ar d a b', ['a']],
  ['ar -xv a', ['unknown ']],
  ['ar qx a b', ['unknown ']],
  ['ar vx a', ['unknown ']],
  ['ar br x a b', ['x', 'a', 'b']],
  ['ar ts a', ['a']],
  ['ar tv a', []],
  ['ar r a-b c', ['a-b']],
  ['tar -v -zxf a', ['unknown ']],
  ['tar -cfa b', ['a']],
  ['tar cv src', []],
  ['tar tf x-c', []],
  ['zip -lf a b c', ['b', 'a']],
  ['zip --output-file a b c', ['b', 'a']],
  ['zip --logfile-path a b c', ['b', 'a']],
  ['zip', []],
  ["awk '{print $1,  ⏎$2 > f}' a", ['unknown ']],
  ["awk '{print $1,# more⏎$2 > f}' a", ['unknown ']],
  ["awk '{print\\⏎a > f}' a", ['unknown ']],
  [`awk '{print /a"/ > "b" }' a`, ['unknown ']],
  [`awk '{print /"a/ > "b" }' a`, ['unknown ']],
  ['ar xa a', ['unknown ']],
  ['ar bt a', ['a']],
  ['zip a-O b', ['a-O']],
  ['zip -m a b c', ['a', 'deep b', 'deep c']],
  ['zip -9rm a b', ['a', 'deep b']],
  ['zip --move a b', ['a', 'deep b']],
  ['zip a b-m c', ['a']],
  ['awk --include=inplace 1 a', ['unknown ']],
  ['awk --incX=inplace a', []],
  ['gawk --dump-variables=a 1', ['a']],
  ["curl -O 'https://h/a.sh?x=1'", ['a.sh']],
  ["curl -O 'https://h/a.sh#frag?x'", ['a.sh']],
  ["curl -w '%output{abc}x' h", ['abc']],
  ['ar -rb x a b', ['x', 'a', 'b']],
  ['ar t a', []],
  ['ar', []],
  ['find . -fprintf a x', ['a']],
  ['find . -fls a -delete', ['a', 'deep .']],
  ['find . -name a', []],
  ['curl -sDa h', ['a']],
  ['curl -c a h', ['a']],
  ['curl --dump-h a h', ['a']],
  ['curl --trace a h', ['a']],
  ["curl -w '%output{a}x %output{>>b}y' h", ['a', 'b']],
  ["curl -w '%{http_code}' -b c -u o:D --ssl h", []],
  ['wget --save-c a h/b', ['a', 'b']],
  ['wget -a a h/b', ['a', 'b']],
  ['gawk -oa 1', ['a']],
  ['gawk --profile=a 1', ['a']],
  ['gawk -iinplace 1 a', ['unknown ']],
  ["awk '{print /;/ > f}' a", ['unknown ']],
  [`awk '{print /"/ > "b" }' a`, ['unknown ']],
  ["awk '{print $1,⏎$2 > f}' a", ['unknown ']],
  ["awk '$3 > 5 {print $1/$2}' a", []],
  [`awk '{print "a/b -> c"}' a`, []],
  ['sed --in-pl s/a/b/ f', ['f']],
  ['sed --quiet p f', []],
  ['rsync --remove-source-files a b', ['b', 'deep a', 'b', 'b/a']],
  ['find d -delete', ['deep d']],
  ["awk '{print > f}' a", ['unknown ']],
  ['npm pkg set scripts.test=x', ['package.json']],
  ['echo "x > a"', []],
  ['git commit -m "x > a"', []],
  ['npm test > /dev/null 2>&1', []],
  ['mknod a p', ['a', 'p']],
  ['mktemp k8s/XXXX', ['k8s/XXXX']],
  ['mktemp', []],
  ['git clone https://example.com/a.git', ['a']],
  ['git init k', ['deep k']],
  ['git submodule add https://example.com/a.git k', ['.gitmodules', 'k']],
  ['git worktree add ../w main', ['../w']],
  ['prettier --write a', ['a']],
  ['prettier --check a', []],
  ['jar xf a.jar', ['unknown ']],
  ['ar x a.a', ['unknown ']],
  ['mount --bind a b', ['unknown ']],
  ['crontab a', ['unknown ']],
  ['crontab -l', []],
  ['xz -d --files=list', ['unknown ']],
  ['xz -d --files0=list a', ['unknown ']],
  ['xz x--file', ['x--file']],
  ['python3 -m uu a b', ['a', 'b']],
  ['python3 -m myuu a', []],
  ['python3 -m uuid a', []],
  ['at -f a now', ['unknown ']],
])('reads off what %s writes', (command, files) => {
  expect(written(command.replaceAll('⏎', '\n'))).toEqual(files);
});

it('says into which folders a command goes, and when that is not told', () => {
  expect(reachOf(analyzeCommand('cd a && git -C b status')).folders).toEqual(['a', 'b']);
  expect(reachOf(analyzeCommand('cd "$D" && ls')).folders).toEqual([undefined]);
});

it('trusts the tools of its own server by name, and no other [hook:tools:own]', () => {
  expect([...OWN_TOOLS].toSorted()).toEqual(tools.map(({ name }) => name).toSorted());
});

it('hands on the texts of a tool that is not known, at any depth [hook:tools:unknown]', () => {
  expect(read('claude', 'mcp__x__y', { a: 'one', b: { c: ['two', { d: 'three' }] } })).toEqual({
    kind: 'unknown',
    texts: ['one', 'two', 'three'],
  });
});

it('reads the file that a fetched address names', () => {
  expect(usesOf('claude', 'WebFetch', { url: 'FILE:///p/.env' })).toEqual(['read name /p/.env']);
  expect(usesOf('claude', 'WebFetch', { url: ' \tfile:///p/.env\n' })).toEqual(['read name /p/.env']);
  expect(usesOf('claude', 'WebFetch', { url: 'https://h/?u=file:///p/.env' })).toBe('ignored');
  expect(usesOf('claude', 'WebFetch', { url: 'https://h/ file:///p/.env' })).toBe('ignored');
  expect(usesOf('claude', 'WebFetch', { url: 7 })).toBe('ignored');
  expect(usesOf('claude', 'ReadMcpResourceTool', { uri: 'file:///p/.env' })).toEqual(['read name /p/.env']);
  expect(read('claude', 'CronCreate', { command: 'ls' })).toMatchObject({ kind: 'command', command: 'ls' });
});

it.each<[string, readonly string[]]>([
  ['curl -OJ https://h/x', ['.']],
  ['curl -OJ --output-dir d https://h/x', ['d']],
  ['curl -K c', ['.']],
  ['curl https://h/x', []],
  ['wget -r https://h', ['.']],
  ['wget -r -P d https://h', ['d']],
  ['wget --content-disposition https://h/x', ['.']],
  ['wget https://h/x', []],
  ['npm -r x', []],
])('%s puts pages by names that are in no word into %j', (command, folders) => {
  expect(reachOf(analyzeCommand(command)).doubtful.filter((word) => folders.includes(word) || word === '.')).toEqual(
    folders,
  );
});
