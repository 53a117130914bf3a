import type { CommandAnalysis, Invocation } from '#policy/command/analysis.ts';
import { programName } from '#policy/command/program-name.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** What an agent may ask of Fixgate in a shell: it reads, and changes nothing. */
const READING =
  /^(?:report|approvals|doctor|--version|-V|--help|-h|help)$|^(?:incident list|audit verify|policy (?:check|explain|test))$/;
/** Options that make a reading command write or execute. */
const ACTING = /^(?:--output|--execute)(?:$|=)/;

/** Programs that run an agent, which might run without these hooks. */
const AGENT_HOSTS = new Set(
  (
    'claude codex gemini architect opencode cursor-agent aider goose amp droid crush qwen copilot auggie cline ' +
    'claude-code gemini-cli opencode-ai qwen-code aider-chat kilo kilocode openhands vibe mistral-vibe kiro-cli junie rovodev'
  ).split(' '),
);
/** Programs that run an agent with some words alone, as other programs have their name: the first word, empty where there is none. */
const SOMETIMES: Readonly<Record<string, RegExp>> = {
  q: /^(?:chat|agent)$/,
  gh: /^(?:copilot|agent-task)$/,
  acli: /^rovodev$/,
  cn: /^(?:$|-|chat$)/,
  pi: /^(?:$|-|@)/,
  forge: /^(?:$|-[pCc]$|--(?:prompt|conversation|agent)(?:$|=))/,
};
/** What says so where the call itself is only a guess. */
const SURELY = /^(?:chat|agent|copilot|agent-task|rovodev|-p|--(?:print|prompt)(?:$|=))/;
/** The packages that they come in, as a word for a launcher or as a folder of installed packages. */
const AGENT_PACKAGES =
  /(?:^|[/\s])(?:@anthropic-ai\/claude-code|@google\/gemini-cli|@openai\/codex|@qwen-code\/qwen-code|@github\/copilot|@sourcegraph\/amp|@charmland\/crush|@augmentcode\/auggie|opencode-ai|@kilocode\/cli|@continuedev\/cli|@mariozechner\/pi-coding-agent|@jetbrains\/junie[\w-]*|forgecode|openhands(?:-ai)?|mistral-vibe|aider(?:-chat|\.main)?)(?=@|\/|=|$)/i;
/** Programs that start others which come in packages. */
export const LAUNCHERS =
  /^(?:node|bun|deno|tsx|ts-node|vite-node|jiti|npx|npm|pnpm|pnpx|yarn|bunx|corepack|uv|uvx|pipx|python|python3|pip|pip3)$/;

/**
 * Refuses what would reach the guard itself: commands that only a human may give, and another agent host. `isOwnEntry` says which
 * words are files of the program that guards.
 */
export function findGuardCalls(
  { invocations, certain }: CommandAnalysis,
  isOwnEntry: IsOwnEntry = () => false,
): readonly Finding[] {
  const found = invocations.flatMap((invocation) => [
    ...findFixgate(invocation, isOwnEntry),
    ...findInstalled(invocation),
    ...findAgentHost(invocation, certain.includes(invocation)),
  ]);
  return [...new Map(found.map((finding) => [finding.rule, finding])).values()];
}

/** Whether a word is a file of the program that guards; `isRun` where it is surely what a program such as `node` runs. */
type IsOwnEntry = (word: string, isRun: boolean) => boolean;

function findFixgate(invocation: Invocation, isOwnEntry: IsOwnEntry): readonly Finding[] {
  const rest = fixgateWords(invocation, isOwnEntry);
  if (rest === undefined) return [];
  const words = rest.filter(({ kind }) => kind === 'literal').map(({ text }) => text);
  const verb = words[0] ?? '--help';
  const isPlain = words.length === rest.length && !words.some((word) => ACTING.test(word));
  if (isPlain && (READING.test(verb) || READING.test(words.slice(0, 2).join(' ')))) return [];
  return [
    {
      rule: 'guard/human_verb',
      effect: 'deny',
      reason: `${quote(`fixgate ${verb}`)} is for humans and servers: an agent does not decide over its own guard.`,
      fix: 'Use the MCP tools of Fixgate, or ask the on-call engineer to run it.',
      evidence: { verb },
    },
  ];
}

const MANAGERS = /^(?:c?npm|pnpm|yarn|bun|volta)$/;
/** Verbs of theirs that tell of what is installed, and such as start it; all others may change it. */
const TELLS = /^(?:view|v|info|show|ls|list|ll|la|outdated|why|explain|audit|fund|docs|repo|search)$/;
const STARTS = /^(?:exec|x|dlx|run|run-script|rum|urn|t|tst|test|start|node|fixgate.*)$/;
/** The package itself, of any version and under any other name. */
const PACKAGE = /^(?:.+@npm:)?fixgate(?:@.*)?$/;

/** A folder, an archive or an address, of which nobody knows which package it is. */
const UNNAMED =
  /^(?:[./~]|(?:file|link|git|github|gitlab|https?|ssh)[:+]|[\w.-]+\/[\w.-]+(?:#.*)?$)|\.(?:tgz|tar\.gz|tar)$/;

/** A call that may put another program in the place of this one. */
function findInstalled({ program, args }: Invocation): readonly Finding[] {
  const words = args.slice(1).map(({ text }) => text);
  const verbs = verbsOf(words);
  const verb = verbs.find((each) => !TELLS.test(each) && !STARTS.test(each));
  const isGlobal =
    words.some((word) => /^(?:-[a-zA-Z]*g|--global|--location=global)$/.test(word)) || verbs.includes('global');
  const named =
    words.find((word) => PACKAGE.test(word)) ?? (isGlobal ? words.find((word) => UNNAMED.test(word)) : undefined);
  if (!MANAGERS.test(program) || named === undefined || verb === undefined) return [];
  return [
    {
      rule: 'guard/files',
      effect: 'deny',
      reason: `${quote(`${program} ${verb} ${named}`)} changes the program that guards, or may, which no agent may.`,
      fix: 'Leave it as it is installed, or ask the on-call engineer to run it.',
      evidence: { program, verb },
    },
  ];
}

/** Where the first word stands that is no option, and before it words that may be the value of one: `--loglevel info install`. */
function firstsOf(words: readonly string[]): readonly number[] {
  const firsts: number[] = [];
  for (const [index, word] of words.entries()) {
    if (word.startsWith('-')) continue;
    firsts.push(index);
    if (!/^--?[a-zA-Z][^=]*$/.test(words[index - 1] ?? '')) break;
  }
  return firsts;
}

/** What may be the verb of a package manager. */
function verbsOf(words: readonly string[]): readonly string[] {
  const firsts = firstsOf(words).filter((at) => !/^(?:-C|--prefix|--dir|--cwd)$/.test(words[at - 1] ?? ''));
  return firsts.flatMap((at) => words[at] ?? []);
}

/** The words behind `fixgate`, however it is started; undefined when it is not. */
function fixgateWords({ program, args }: Invocation, isOwnEntry: IsOwnEntry): Invocation['args'] | undefined {
  if (program === 'fixgate' || isOwnEntry(args[0]?.text ?? '', args[0]?.text.includes('/') === true))
    return args.slice(1);
  if (!LAUNCHERS.test(program)) return undefined;
  const words = args.slice(1);
  const texts = words.map(({ text }) => text);
  if (MANAGERS.test(program) && verbsOf(texts).every((verb) => TELLS.test(verb))) return undefined;
  const firsts = firstsOf(texts);
  const at = words.findIndex(({ text }, index) => isFixgate(text) || isOwnEntry(text, firsts.includes(index)));
  return at < 0 ? undefined : words.slice(at + 1);
}

/** The program by its name, and by any of its entries in a folder of its name. */
function isFixgate(word: string): boolean {
  if (/(?:^|\/)fixgate\/(?:bin|src|dist)\/[^/]+\.[cm]?[jt]s$/i.test(word)) return true;
  return !word.startsWith('-') && programName(word) === 'fixgate';
}

function findAgentHost({ program, args }: Invocation, isCertain: boolean): readonly Finding[] {
  const isPackage = LAUNCHERS.test(program) && args.some(({ text }) => AGENT_PACKAGES.test(text));
  const sometimes = Object.hasOwn(SOMETIMES, program) ? SOMETIMES[program] : undefined;
  const first = args[1]?.text ?? '';
  const isHost = AGENT_HOSTS.has(program) || (sometimes?.test(first) === true && (isCertain || SURELY.test(first)));
  if (!isPackage && !isHost) return [];
  if (!isPackage && /^(?:-v|-V|--version|--help)$/.test(first)) return [];
  return [
    {
      rule: 'guard/agent_host',
      effect: 'deny',
      reason: `${quote(program)} starts or configures an agent host, which may not obey this guard.`,
      fix: "Use the host's own tools for sub-agents, or ask a human to start it.",
      evidence: { program },
    },
  ];
}
