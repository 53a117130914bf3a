import type { ParsedScript, Redirection, SyntaxNode, Word } from 'unbash';

import { isLiteral, toArg } from '#policy/command/words.ts';

/** What every word of a call must be so that it says nothing but plain words, and what one of them must be. */
interface Output {
  readonly words: RegExp;
  readonly needs?: RegExp;
  /** What they must be together. */
  readonly whole?: RegExp;
  /** What they are together where it says one word. */
  readonly one?: RegExp;
  /** What they are together where it says the name of a branch or a tag. */
  readonly name?: RegExp;
}

/** A revision: where it is none, git says it again. */
const REVISION = /^(?!.*\/-)[\w@][\w./~^@{}-]*$/;
const COUNT = /^(?:-\d+|-n\d*|\d+|--max-count=\d+)$/;
const NOTHING = /(?!)/;
const ANY = /^/;
/** One or more fields of a format of git. */
const FIELD = /^--(?:pretty|format)=(?:format:)?%(?:h|H|ct|cI|at|aI)$/;
const TIME = /^(?:-I\w*|\+(?:\w|%[YmdHMSFTsjyNu])(?:[\w.:]|%[YmdHMSFTsjyNu]|-)*)$/;
/** Of containers and images: nothing but their identifiers. */
const IDS: Output = {
  words: /^(?:-[alnfq]+|--(?:quiet|filter|all|latest|last|filter=\S+)|\w[\w./:@-]*(?:=[\w./:@-]+)*)$/,
  needs: /^(?:-[alnf]*q[alnf]*|--quiet)$/,
};
/** By program, and by verb of those that have verbs. */
const outputs: Readonly<Record<string, Output>> = {
  'git rev-parse': {
    words: new RegExp(`^--(?:short(?:=\\d+)?|verify|quiet|abbrev-ref)$|^-q$|${REVISION.source}`),
    // Of a range, and of all parents, it says several.
    one: /^(?!.*(?:\.\.|\^[@-]))(?:-\S+ )*[^\s-]\S*$/,
    name: /--abbrev-ref/,
  },
  'git rev-list': {
    words: new RegExp(
      `^--(?:all|branches|tags|remotes|reverse|merges|no-merges|first-parent|date-order|topo-order|(?:since|until|after|before)=[\\w.: -]+)$|${COUNT.source}|${REVISION.source}`,
    ),
  },
  'git merge-base': { words: new RegExp(`^--(?:octopus|fork-point)$|${REVISION.source}`), one: ANY },
  // Without a format, a log is text of other people.
  'git log': {
    words: new RegExp(`${FIELD.source}|^--(?:all|reverse)$|${COUNT.source}|${REVISION.source}`),
    needs: FIELD,
    // The last of several counts holds.
    one: /^(?!(?:.* )?-(?:\d|n|-max).* -(?:\d|n|-max))(?:.* )?(?:-1|-n ?1|--max-count=1)(?: |$)/,
  },
  'git describe': {
    words: new RegExp(`^--(?:tags|always|dirty|long|abbrev=\\d+|exact-match)$|${REVISION.source}`),
    name: ANY,
  },
  'git branch': { words: /^--show-current$/, needs: /^--show-current$/, name: ANY },
  'git hash-object': { words: /^[\w./-]+$/ },
  'git write-tree': { words: NOTHING, one: ANY },
  'docker ps': IDS,
  'docker images': IDS,
  'docker compose': { words: IDS.words, whole: /^ps (?:.* )?(?:-q|--quiet)(?: |$)/ },
  'docker build': { words: /^(?:-[qtf]|--quiet|\.|\w[\w./:@-]*)$/, needs: /^(?:-q|--quiet)$/, one: ANY },
  'podman ps': IDS,
  // Roles are the resources whose names may hold spaces.
  'kubectl get': {
    words:
      /^-[nolA]$|^--(?:namespace|selector|all-namespaces|no-headers)(?:=[\w.=,-]+)?$|^(?!\w*(?:role|binding))\w[\w./=,!-]*$|^(?:-o|--output=)?(?:name|jsonpath=\{\.items\[(?:\d+|\*)\]\.metadata\.name\})$/,
    whole: /^(?!.*-o.* -o)(?:.* )?(?:-o ?|--output=)(?:name|jsonpath=\S+)(?: |$)/,
  },
  'go list': { words: /^(?:-m|[\w.][\w./-]*)$/ },
  date: {
    words:
      /^(?:-u|--utc|-d|--date=.*|\d[\w: .+-]*|[\w]+(?: [\w+-]+)*)$|^(?:-I\w*|\+(?:\w|%[YmdHMSFTsjyNu])(?:[\w.:]|%[YmdHMSFTsjyNu]|-)*)$/,
    needs: TIME,
    one: ANY,
  },
  nproc: { words: /^--all$/, one: ANY },
  whoami: { words: NOTHING, one: ANY },
  hostname: { words: /^-[sf]$/, one: ANY },
  uname: { words: /^-[msrn]$/, one: /^\S+$/ },
  seq: { words: /^\d+$/, needs: /./ },
  id: { words: /^-(?:[ug]|[ug]n|n[ug])$/, one: /^\S+$/ },
};

/** Programs that pass on whole lines of what they read. */
const filters: Readonly<Record<string, RegExp>> = {
  head: /^(?:-\d+|-n ?\d+)?$/,
  tail: /^(?:-\d+|-n ?\d+)?$/,
  sort: /^(?:-[run]+)?$/,
  uniq: /^$/,
  grep: /^(?:-[viEFwx]+ )?[^\s-]\S*$/,
};

/** What a call says: a name, one word, or any number of them, each but a name known to be no option, no assignment and no code; undefined for any other. */
export function plainWordsOf(node: SyntaxNode | undefined): 'name' | 'one' | 'many' | undefined {
  if (node?.type === 'Pipeline') {
    const [first, ...others] = node.commands;
    const passes = others.every(passesLines) && node.operators.every((operator) => operator === '|');
    const words = plainWordsOf(first);
    return words && words !== 'name' && passes ? 'many' : undefined;
  }
  const call = literalCall(node);
  if (!call) return undefined;
  const [verb = '', ...more] = call.words;
  const own = outputOf(call.program);
  const named = own ?? outputOf(`${call.program} ${verb}`);
  const args = own ? call.words : more;
  if (!named || !args.every((text) => named.words.test(text))) return undefined;
  const all = args.join(' ');
  const { needs, whole = ANY, one = NOTHING, name = NOTHING } = named;
  if ((needs && !args.some((text) => needs.test(text))) || !whole.test(all)) return undefined;
  if (name.test(all)) return 'name';
  return one.test(all) ? 'one' : 'many';
}

function outputOf(name: string): Output | undefined {
  return Object.hasOwn(outputs, name) ? outputs[name] : undefined;
}

function passesLines(node: SyntaxNode): boolean {
  const call = literalCall(node);
  if (!call || !Object.hasOwn(filters, call.program)) return false;
  return filters[call.program]?.test(call.words.join(' ')) === true;
}

/** `2>/dev/null` */
function isSilenced(redirect: Redirection): boolean {
  if (redirect.type !== 'Redirect') return false;
  const { descriptor, operator, target } = redirect;
  return (
    descriptor?.type === 'FileDescriptor' && descriptor.value === 2 && operator === '>' && target?.value === '/dev/null'
  );
}

interface LiteralCall {
  readonly program: string;
  readonly words: readonly string[];
}

/** A plain call of literal words, whose errors go nowhere else. */
function literalCall(node: SyntaxNode | undefined, isPlain = isSilenced): LiteralCall | undefined {
  if (node?.type !== 'Command' || !node.name || node.prefix.some(({ type }) => type === 'Assignment')) return undefined;
  if (!node.redirects.every(isPlain)) return undefined;
  const args = node.args.filter((item) => item.type === 'Word').map((word) => toArg(word));
  const program = toArg(node.name);
  if (args.length < node.args.length || !isLiteral([program, ...args])) return undefined;
  return { program: program.text, words: args.map(({ text }) => text) };
}

/** Calls that say how many there are, of what they read or by themselves. */
const COUNTS_PIPED = /^(?:wc -[lwc]|grep -c[viEFwx]* [^\s-]\S*)$/;
const COUNTS = /^(?:grep -c[viEFwx]* [^\s-]\S* [\w./][\w./-]*|git rev-list --count [\w@][\w./~^@-]*)$/;

/** What takes the blanks away that some `wc` put around a number. */
const DROPS_BLANKS = /^tr -d (?: |\[:(?:space|blank):\])$/;
/** What follows `||` and says nothing, or a number. */
const OTHERWISE = /^(?:true|:|echo \d+)$/;

/** True for a word that is nothing but a `$(…)` whose last program counts. */
export function saysNumber({ parts = [] }: Pick<Word, 'parts'>): boolean {
  const [part, second] = parts;
  const inner = part?.type === 'DoubleQuoted' && part.parts.length === 1 ? part.parts[0] : part;
  return !second && inner?.type === 'CommandExpansion' && printsNumber(inner.script);
}

/** True for commands that print nothing but a number, or several. */
export function printsNumber(script: ParsedScript | undefined): boolean {
  const [statement, following] = script?.commands ?? [];
  return statement !== undefined && !following && !statement.background && counts(statement.command);
}

function counts(node: SyntaxNode): boolean {
  if (node.type === 'AndOr') {
    const [first, ...others] = node.commands;
    const isElse =
      node.operators.every((operator) => operator === '||') && others.every((each) => fits(each, OTHERWISE));
    return isElse && first !== undefined && counts(first);
  }
  if (node.type !== 'Pipeline') return fits(node, COUNTS) || countsFile(node);
  const isTrimmed = fits(node.commands.at(-1), DROPS_BLANKS) && node.operators.at(-1) === '|';
  const [calls, operators] = isTrimmed
    ? [node.commands.slice(0, -1), node.operators.slice(0, -1)]
    : [node.commands, node.operators];
  const last = calls.at(-1);
  return operators.length > 0 ? operators.at(-1) === '|' && fits(last, COUNTS_PIPED) : countsFile(last);
}

/** `wc -l < "$file"` */
function countsFile(node: SyntaxNode | undefined): boolean {
  const isRead = (redirect: Redirection) => redirect.operator === '<' && !redirect.descriptor;
  if (node?.type !== 'Command' || !node.redirects.some(isRead)) return false;
  return fits(node, /^wc -[lwc]$/, (redirect) => isRead(redirect) || isSilenced(redirect));
}

function fits(node: SyntaxNode | undefined, calls: RegExp, isPlain = isSilenced): boolean {
  const call = literalCall(node, isPlain);
  return call !== undefined && calls.test([call.program, ...call.words].join(' '));
}
