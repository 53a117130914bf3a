import { fileURLToPath } from 'node:url';

import { readUnknown } from '#policy/host-unknown.ts';

/** The agent hosts whose own tools are judged. */
export const hosts = ['claude', 'architect'] as const;
export type Host = (typeof hosts)[number];

/** One call of a tool of the host itself, as the host describes it; `input` is the agent's and untrusted. */
export interface HostCall {
  readonly host: Host;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A file or folder that a call names. */
export interface PathUse {
  readonly use: 'read' | 'write';
  /** As the call writes it; else what comes before the first part that is not known. */
  readonly text: string;
  /** `listed` shows names and no content, `deep` means everything below as well, `glob` every file that fits `pattern`, `composed` names that go on with one of `endings`, `alias` a name under which other files are seen, `unknown` cannot be told. */
  readonly extent: 'name' | 'listed' | 'deep' | 'glob' | 'composed' | 'alias' | 'unknown';
  readonly pattern?: string;
  /** The glob finds hidden files as well, as `dotglob` says. */
  readonly findsHidden?: true;
  /** The write puts there what is below this folder or file; where it ends in `/.`, also into a folder that is there. */
  readonly from?: string;
  /** How the names go on that a program makes up; absent where that are too many. */
  readonly endings?: readonly string[];
  /** What the files of a glob may be called afterwards. */
  readonly renamed?: (name: string) => readonly string[];
  /** What makes the alias, and where in the command. */
  readonly why?: string;
  /** A container may write what is below. */
  readonly opens?: true;
  /** Git puts there what no word names. */
  readonly brings?: true;
  /** It follows the links below. */
  readonly follows?: boolean;
}

/** What a call would touch, before anybody looked at the disk. */
export type HostFacts =
  /** Nothing here to judge: talk, plans, the web, or a tool that judges itself. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'files'; readonly uses: readonly PathUse[] }
  | {
      readonly kind: 'command';
      readonly command: string;
      /** Folder it starts in, relative to the host's own. */
      readonly folder: string | undefined;
      readonly environment: Readonly<Record<string, string>>;
    }
  /** A tool that nobody here knows, with every text of its arguments that may name a file. */
  | { readonly kind: 'unknown'; readonly texts: readonly string[] }
  /** What the call would do cannot be read off. */
  | { readonly kind: 'refused'; readonly rule: string; readonly reason: string; readonly fix: string };

type Reader = (input: HostCall['input']) => HostFacts | undefined;

const ignored: HostFacts = { kind: 'ignored' };

const claudeTools: Readonly<Record<string, Reader>> = {
  Edit: writes('file_path'),
  Write: writes('file_path'),
  MultiEdit: writes('file_path'),
  NotebookEdit: writes('notebook_path'),
  Read: reads('file_path', 'name'),
  NotebookRead: reads('notebook_path', 'name'),
  LSP: reads('filePath', 'name'),
  LS: lists('path'),
  Glob: lists('path', 'pattern'),
  Grep: searches('path', 'glob'),
  Bash: runs(),
  Monitor: monitors(),
  CronCreate: schedules(),
  WebFetch: fetches('url'),
  ReadMcpResourceTool: fetches('uri'),
};

/** Tools that touch no file and run nothing by themselves; what the agents they start do is judged call by call. */
const claudeInert = new Set(
  (
    'Agent Task TaskCreate TaskGet TaskList TaskOutput TaskStop TaskUpdate TodoRead TodoWrite WebSearch Skill SlashCommand ToolSearch ' +
    'AskUserQuestion EnterPlanMode ExitPlanMode BashOutput KillBash KillShell CronDelete CronList ScheduleWakeup ListAgents SendMessage ' +
    'ReportFindings EnterWorktree ExitWorktree StructuredOutput ListMcpResourcesTool EndConversation'
  ).split(' '),
);

const architectTools: Readonly<Record<string, Reader>> = {
  write_file: writes('path'),
  edit_file: writes('path'),
  delete_file: writes('path'),
  apply_patch: patches(),
  read_file: reads('path', 'name'),
  list_files: lists('path'),
  find_files: lists('path', 'pattern'),
  search_code: searches('path', 'file_pattern'),
  grep: searches('path', 'file_pattern'),
  run_command: runs(),
};

const architectInert = new Set(['dispatch_subagent']);

/** The tools of Fixgate's own server, which judges itself; nothing else is trusted for the name of its server. */
export const OWN_TOOLS: ReadonlySet<string> = new Set(
  'apply_patch escalate get_incident get_incident_logs list_recent_deploys open_pr query_metrics run_tests'.split(' '),
);

/** Reads off what a call would touch. `servers` are the names under which the host knows Fixgate's own MCP server. */
export function readHostCall(call: HostCall, servers: readonly string[]): HostFacts {
  const { host, tool, input } = call;
  if (servers.some((server) => isOwn(tool, prefixOf(host, server)))) return ignored;
  const [tools, inert] = host === 'claude' ? [claudeTools, claudeInert] : [architectTools, architectInert];
  if (inert.has(tool)) return ignored;
  const reader = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  return (reader ? reader(input) : readUnknown(input)) ?? refuseShape(tool);
}

function isOwn(tool: string, prefix: string): boolean {
  return tool.startsWith(prefix) && OWN_TOOLS.has(tool.slice(prefix.length));
}

/** Hosts name the tools of a server `mcp__server__tool` and `mcp_server_tool`. */
function prefixOf(host: Host, server: string): string {
  return host === 'claude' ? `mcp__${server}__` : `mcp_${server}_`;
}

function writes(key: string): Reader {
  return (input) => {
    const text = textOf(input[key]);
    return text === undefined ? undefined : files([{ use: 'write', text, extent: 'name' }]);
  };
}

function reads(key: string, extent: 'name' | 'deep'): Reader {
  return (input) => {
    const text = textOf(input[key]);
    return text === undefined ? undefined : files([{ use: 'read', text, extent }]);
  };
}

/** Names alone are told; a file is read only where it is named itself. */
function lists(folder: string, pattern?: string): Reader {
  return (input) => {
    const text = optional(input[folder], '.');
    const filter = pattern === undefined ? '' : optional(input[pattern], '');
    if (text === undefined || filter === undefined) return undefined;
    const named = filter === '' || /[*?[{]/.test(filter) ? [] : [joined(text, filter)];
    return files([text, ...named].map((name) => ({ use: 'read', text: name, extent: 'listed' })));
  };
}

/** The contents of everything below are read, as far as the filter lets them through. */
function searches(folder: string, filter: string): Reader {
  return (input) => {
    const text = optional(input[folder], '.');
    const pattern = optional(input[filter], '');
    if (text === undefined || pattern === undefined) return undefined;
    return files([{ use: 'read', text, extent: 'deep', ...(pattern !== '' && { pattern }) }]);
  };
}

/** architect patches the named file, and hands what it cannot apply to `patch`, which obeys the headers in the text. */
function patches(): Reader {
  return (input) => {
    const text = textOf(input['path']);
    const patch = textOf(input['patch']);
    if (text === undefined || patch === undefined) return undefined;
    const named = [
      ...patch.matchAll(
        /^[ \tX>]*(?:\+\+\+|---|\*\*\*|Index:|rename (?:from|to)|copy (?:from|to))[ \t]+(\S[^\t\n]*)/gm,
      ),
      ...patch.matchAll(/^[ \tX>]*diff --git[ \t]+(\S+)/gm),
      ...patch.matchAll(/^[ \tX>]*diff --git[ \t].*?[ \t](\S+)[ \t]*$/gm),
    ];
    const names = named.map(([, name = '']) => name.trim()).filter((name) => name !== '/dev/null' && !/^\d/.test(name));
    return files(
      [text, ...new Set(names.flatMap(readingsOf))].map((name) => ({ use: 'write', text: name, extent: 'name' })),
    );
  };
}

/** A name of a header as it stands, up to a blank or between its quotes, and without its first folder, as `patch` is told to read it. */
function readingsOf(name: string): readonly string[] {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(name)?.[1];
  const plain = quoted === undefined ? [name, name.replace(/\s.*/, '')] : [unescaped(quoted)];
  return [name, ...plain.flatMap((each) => [each, each.replace(/^[^/]*\/+(?=.)/, '')])];
}

/** Bytes are written in octal, other characters behind a backslash. */
function unescaped(text: string): string {
  return text.replaceAll(/(?:\\[0-7]{3})+|\\(.)/g, (run, letter: string | undefined) => {
    const bytes = run.split('\\').slice(1);
    return letter ?? Buffer.from(bytes.map((byte) => Number.parseInt(byte, 8))).toString();
  });
}

function runs(): Reader {
  return (input) => {
    const command = textOf(input['command']);
    const folder = optional(input['cwd'], '');
    const environment = input['env'] ?? {};
    if (command === undefined || folder === undefined || !isTexts(environment)) return undefined;
    return { kind: 'command', command, folder: folder === '' ? undefined : folder, environment };
  };
}

/** A watch runs a command, or listens to a socket and runs nothing. */
function monitors(): Reader {
  return (input) => (input['command'] === undefined && input['ws'] !== undefined ? ignored : runs()(input));
}

/** What is fetched is of the web, unless its address is a file's. */
function fetches(key: string): Reader {
  return (input) => {
    const address = input[key];
    if (typeof address !== 'string' || !/^\s*(?:[a-z-]+:)?file:/i.test(address)) return ignored;
    try {
      return files([{ use: 'read', text: fileURLToPath(address), extent: 'name' }]);
    } catch {
      return undefined;
    }
  };
}

/** A plan for later carries a prompt, which is judged call by call, or a command. */
function schedules(): Reader {
  return (input) => (input['command'] === undefined ? ignored : runs()(input));
}

function refuseShape(tool: string): HostFacts {
  return {
    kind: 'refused',
    rule: 'host_tool/malformed',
    reason: `The arguments of ${JSON.stringify(tool)} are not what this tool takes, so it cannot be judged.`,
    fix: 'Send the call again with the arguments that the tool documents.',
  };
}

function files(uses: readonly PathUse[]): HostFacts {
  return { kind: 'files', uses };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Hosts leave out what is optional, or send null. */
function optional(value: unknown, otherwise: string): string | undefined {
  return value === undefined || value === null || value === '' ? otherwise : textOf(value);
}

function joined(folder: string, name: string): string {
  return name.startsWith('/') || folder === '.' ? name : `${folder}/${name}`;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
