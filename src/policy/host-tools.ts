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
  /** As the call writes it; for `glob` and `unknown` what comes before the first part that is not known. */
  readonly text: string;
  /** `deep` means everything below as well, `glob` every file that fits `pattern`, `unknown` cannot be told. */
  readonly extent: 'name' | 'deep' | 'glob' | 'unknown';
  readonly pattern?: string;
  /** The write puts there what is below this folder or file. */
  readonly from?: string;
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
};

/** Tools that touch no file and run nothing by themselves; what the agents they start do is judged call by call. */
const claudeInert = new Set(
  (
    'Agent Task TaskCreate TaskGet TaskList TaskOutput TaskStop TaskUpdate TodoRead TodoWrite WebFetch WebSearch Skill SlashCommand ToolSearch ' +
    'AskUserQuestion EnterPlanMode ExitPlanMode BashOutput KillBash KillShell CronCreate CronDelete CronList ScheduleWakeup ListAgents SendMessage ' +
    'ReportFindings EnterWorktree ExitWorktree StructuredOutput ListMcpResourcesTool ReadMcpResourceTool EndConversation'
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

/** Names under which an argument may carry a file or a command, in tools that are not known. */
const TELLING_NAME =
  /(?:^|_)(?:files?|paths?|filenames?|dir|directory|folders?|commands?|cmd|argv|scripts?|code|cwd|shell)$|(?:[Pp]ath|[Ff]ile|[Cc]ommand|[Ss]cript)s?$/;

/** Reads off what a call would touch. `servers` are the names under which the host knows Fixgate's own MCP server. */
export function readHostCall(call: HostCall, servers: readonly string[]): HostFacts {
  const { host, tool, input } = call;
  if (servers.some((server) => tool.startsWith(prefixOf(host, server)))) return ignored;
  const [tools, inert] = host === 'claude' ? [claudeTools, claudeInert] : [architectTools, architectInert];
  if (inert.has(tool)) return ignored;
  const reader = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
  return (reader ? reader(input) : readUnknown(input)) ?? refuseShape(tool);
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
    return files([text, ...named].map((name) => ({ use: 'read', text: name, extent: 'name' })));
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
      ...patch.matchAll(/^(?:\+\+\+|---|\*\*\*|Index:|rename (?:from|to)|copy (?:from|to))[ \t]+(\S[^\t\n]*)/gm),
    ];
    const names = named.map(([, name = '']) => name.trim()).filter((name) => name !== '/dev/null' && !/^\d/.test(name));
    return files(
      [text, ...names, ...names.map((name) => name.replace(/^[ab]\//, ''))].map((name) => ({
        use: 'write',
        text: name,
        extent: 'name',
      })),
    );
  };
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

/** A tool that nobody here knows is left alone only while it names no file and no command. */
function readUnknown(input: HostCall['input']): HostFacts {
  const name = Object.keys(input).find((key) => TELLING_NAME.test(key) && !isEmpty(input[key]));
  if (name === undefined) return ignored;
  return {
    kind: 'refused',
    rule: 'host_tool/unknown',
    reason: `This tool is not known here and names a file or a command (${JSON.stringify(name.slice(0, 64))}), so it cannot be judged.`,
    fix: "Use the host's own read, edit and shell tools, or have the operator leave this tool out of the hook.",
  };
}

function refuseShape(tool: string): HostFacts {
  return {
    kind: 'refused',
    rule: 'host_tool/malformed',
    reason: `The arguments of ${JSON.stringify(tool.slice(0, 64))} are not what this tool takes, so it cannot be judged.`,
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

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
