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
  'claude codex gemini architect opencode cursor-agent aider goose amp droid crush qwen copilot'.split(' '),
);

/** Refuses what would reach the guard itself: commands that only a human may give, and another agent host. */
export function findGuardCalls({ invocations }: CommandAnalysis): readonly Finding[] {
  const found = invocations.flatMap((invocation) => [...findFixgate(invocation), ...findAgentHost(invocation)]);
  return [...new Map(found.map((finding) => [finding.rule, finding])).values()];
}

function findFixgate(invocation: Invocation): readonly Finding[] {
  const rest = fixgateWords(invocation);
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

/** The words behind `fixgate`, however it is started; undefined when it is not. */
function fixgateWords({ program, args }: Invocation): Invocation['args'] | undefined {
  if (program === 'fixgate') return args.slice(1);
  if (!/^(?:node|bun|deno|tsx|ts-node|npx|npm|pnpm|pnpx|yarn|bunx|corepack)$/.test(program)) return undefined;
  const at = args.findIndex((arg, index) => index > 0 && isFixgate(arg.text));
  return at < 0 ? undefined : args.slice(at + 1);
}

function isFixgate(word: string): boolean {
  return !word.startsWith('-') && programName(word) === 'fixgate';
}

function findAgentHost({ program, args }: Invocation): readonly Finding[] {
  if (!AGENT_HOSTS.has(program) || /^(?:-v|-V|--version|--help)$/.test(args[1]?.text ?? '')) return [];
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
