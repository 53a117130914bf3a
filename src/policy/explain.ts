import type { Action, PatchAction, TestAction } from '#domain/action.ts';
import type { Risk } from '#domain/risk.ts';
import { deniedRules } from '#policy/built-in-paths.ts';
import { findBuiltIn } from '#policy/built-in-rule.ts';
import { compileEntry } from '#policy/command/entry.ts';
import { exampleIncident } from '#policy/examples.ts';
import { approvalRules } from '#policy/executable-paths.ts';
import { allowedBy, globsOf } from '#policy/file-rules.ts';
import { analysableCommands } from '#policy/guards/analysable-commands.ts';
import { blockedCommands } from '#policy/guards/blocked-commands.ts';
import { changeCaps } from '#policy/guards/change-caps.ts';
import { codeRules, codeWarnings } from '#policy/guards/code-rules.ts';
import { fileModes } from '#policy/guards/file-modes.ts';
import { fileScope } from '#policy/guards/file-scope.ts';
import { maxFiles } from '#policy/guards/max-files.ts';
import { maxLines } from '#policy/guards/max-lines.ts';
import { secretsInPatch } from '#policy/guards/secrets-in-patch.ts';
import { touchedPaths } from '#policy/guards/touched-paths.ts';
import { pathGuards } from '#policy/path-tree.ts';
import { floorRules, riskFindings } from '#policy/risk.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

/** What is asked: may this path change, may this patch be applied, may this command run. */
export type Subject = 'command' | 'path' | 'patch';

/** One rule of a policy, and what it says. */
export interface RuleOutcome {
  readonly rule: string;
  /** How the rule was read, where that is not plain. */
  readonly reading?: string;
  /** Empty when the rule has nothing to object to. */
  readonly findings: readonly Finding[];
  /** What it says where it matches and objects to nothing. */
  readonly says?: string;
}

/** Every rule with match or no match, and the strictest of them. */
export interface Explanation {
  readonly verdict: 'allow' | 'require_approval' | 'deny';
  readonly rules: readonly RuleOutcome[];
}

/** The rules of files and commands alone: no budget, no severity. */
const guardsOf: Readonly<Record<Subject, readonly Guard[]>> = {
  command: [blockedCommands, analysableCommands],
  path: pathGuards,
  patch: [...pathGuards, fileScope, fileModes, maxFiles, maxLines, changeCaps, codeRules, secretsInPatch],
};

/** What an action is explained by. */
interface Basis {
  readonly policy: Policy;
  /** Findings that only the repository on disk shows. */
  readonly known?: readonly Finding[];
  /** The risk of a patch as far as it alone shows it; its floors are no rules where nobody looked. */
  readonly risk?: Risk;
}

/** Asks every rule of files and commands about an action, and the floors of its risk. */
export function explain(
  subject: Subject,
  action: PatchAction | TestAction,
  { policy, known = [], risk }: Basis,
): Explanation {
  const verdict = judge(guardsOf[subject], action satisfies Action, policy, exampleIncident);
  const ofRisk = riskFindings(action, risk, policy);
  const findings = [...(verdict.effect === 'allow' ? [] : verdict.findings), ...known, ...ofRisk];
  const rules = new Map(findings.map(({ rule }) => [rule, { rule }]));
  const listed = [...listRules(subject, policy), ...(risk ? listFloors(risk, { policy, asked: ofRisk }) : [])];
  for (const each of listed) rules.delete(each.rule);
  const notes = action.kind === 'patch' ? [...warningsOf(action, policy), ...openingsOf(action, policy)] : [];
  return {
    verdict: strictest(findings),
    rules: [...listed, ...rules.values()].map((each) => ({
      ...each,
      ...saidOf(each.rule, notes),
      findings: findings.filter(({ rule }) => rule === each.rule),
    })),
  };
}

interface Note {
  readonly rule: string;
  readonly says: string;
}

/** What a rule says that objects to nothing. */
function saidOf(rule: string, notes: readonly Note[]): Pick<RuleOutcome, 'says'> {
  const said = notes.filter((note) => note.rule === rule).map(({ says }) => says);
  return said.length === 0 ? {} : { says: said.slice(0, 5).join('; ') };
}

function warningsOf(action: PatchAction, policy: Policy): readonly Note[] {
  return codeWarnings(action, policy).map(({ rule, says }) => ({ rule, says: `Warning: ${says}` }));
}

/** Entries that allow a file, and the built-in rule that would ask a human otherwise. */
function openingsOf(action: PatchAction, policy: Policy): readonly Note[] {
  const written = touchedPaths(action).filter(({ use }) => use === 'write');
  return written.flatMap(({ path }) => {
    const lifted = findBuiltIn(approvalRules, path);
    const says = `Allows ${quote(path)}${lifted ? `, for which built_in_files/${lifted.name} would ask a human` : ''}`;
    return allowedBy(path, policy.protected_files).map((glob) => ({ rule: `protected_files/${glob}`, says }));
  });
}

/** Floors below high risk ask nobody for the patch, and weigh on its pull request. */
function listFloors(
  { floors }: Risk,
  { policy, asked }: { readonly policy: Policy; readonly asked: readonly Finding[] },
) {
  return floorRules(policy).map((each): Omit<RuleOutcome, 'findings'> => {
    const hits = floors.filter(({ floor }) => each.rule === `risk/${floor}`).slice(0, 5);
    if (hits.length === 0 || asked.some(({ rule }) => rule === each.rule)) return each;
    const says = `For the pull request it sets ${each.reading}: ${hits.map(({ why }) => quote(why)).join(', ')}.`;
    return { ...each, says };
  });
}

function strictest(findings: readonly Finding[]): Explanation['verdict'] {
  if (findings.some(({ effect }) => effect === 'deny')) return 'deny';
  return findings.length > 0 ? 'require_approval' : 'allow';
}

function listRules(subject: Subject, policy: Policy): readonly Omit<RuleOutcome, 'findings'>[] {
  if (subject === 'command') {
    return [
      ...policy.blocked_commands.map((entry) => ({
        rule: `blocked_commands/${entry}`,
        reading: compileEntry(entry).patterns.length > 0 ? 'words' : 'a regular expression',
      })),
      { rule: 'command_not_analysable' },
    ];
  }
  const files = [
    'path_canonical',
    'path_links',
    ...globsOf(policy.protected_files).map((glob) => `protected_files/${glob}`),
    ...(policy.sensitive_files ?? []).map((glob) => `sensitive_files/${glob}`),
    ...[...deniedRules, ...approvalRules].map(({ name }) => `built_in_files/${name}`),
  ];
  const modes = ['symlink', 'submodule', 'type_change', 'binary', 'hidden_characters', 'executable_bit'].map(
    (what) => `file_modes/${what}`,
  );
  const caps = ['max_files', 'max_lines', 'max_bytes', 'max_deleted_tests'];
  const contents = [...policy.code_rules.map(({ name }) => `code_rules/${name}`), 'secrets_in_patch'];
  const patches = subject === 'patch' ? ['file_scope', ...modes, ...caps, ...contents] : [];
  return [...files, ...patches].map((rule) => ({ rule }));
}

/** How an entry of `blocked_commands` is matched: as words, as a regular expression, or as both. */
export function readingOf(entry: string, mode: Policy['blocked_commands_mode'] = 'words'): string {
  const { patterns, regex } = compileEntry(entry, mode);
  const [program, ...others] = new Set(patterns.map(({ program }) => program));
  if (program === undefined) return 'a regular expression, searched in the text and in each call';
  const why = mode === 'words' ? 'the dot' : 'blocked_commands_mode';
  const more = others.length > 0 ? `, with the equivalents in ${others.join(', ')}` : '';
  return `words of a parsed command${more}${regex ? `, and a regular expression because of ${why}` : ''}`;
}
