import type { Section } from '#report/markdown-words.ts';
import { paragraphs, short, utc } from '#report/markdown-words.ts';
import { RESUME_NEEDS } from '#report/resume-command.ts';
import type { HandOver } from '#report/schema-hand-over.ts';
import type { Report } from '#report/schema.ts';
import { toCode, toCodeBlock, toMarkdownLine, toMarkdownQuote } from '#report/text.ts';

/** Characters of a diff in the page; more of it is in the report as JSON. */
const SHOWN_DIFF_CHARS = 4_000;

/** The package of an escalated incident as a person reads it. All text from outside is escaped. */
export function toHandOver({ escalation }: Report): Section {
  if (!escalation) return { title: 'Hand-over', body: '' };
  const { hand_over: hand, reason, rule_id: rule, at, earlier } = escalation;
  const head = [
    `Escalated at ${utc(at)} by ${toCode(rule)}: ${toMarkdownLine(reason)}`,
    ...earlier.map((each) => `Before, at ${utc(each.at)} by ${toCode(each.rule_id)}: ${toMarkdownLine(each.reason)}`),
  ].join('\n\n');
  const body = paragraphs(head, toPlace(hand), toWords(hand), toPeople(hand), toSimilar(hand), toTried(hand));
  return { title: 'Hand-over', body };
}

function toPlace(hand: HandOver): string {
  return [
    ...toBranch(hand),
    ...(hand.runbook === null ? [] : [`- Runbook: ${toCode(hand.runbook, 2_048)}`]),
    ...hand.left.map((item) => `- Left: ${toMarkdownLine(item)}`),
    `- Drafted commands: ${toCode(hand.remediation)}`,
    `- Let the agent go on: ${toCode(hand.resume, 500)} ${RESUME_NEEDS}`,
  ].join('\n');
}

function toBranch({ branch, tree, base_commit: base, continue_from: from, no_branch: why }: HandOver): string[] {
  const rest = `from ${toCode(short(base))}${tree === null ? '' : `, tree ${toCode(short(tree))}`}`;
  if (!from) {
    const published = branch === null ? [] : [`- Branch ${toCode(branch)} ${rest}`];
    return [...published, `- No branch of the server to continue from: ${toMarkdownLine(why ?? '')}`];
  }
  return [
    `- Branch ${toCode(branch ?? from.ref)} ${rest}, in the clone of the server: ${from.commands.map((each) => toCode(each, 1_000)).join(' and ')}`,
    `- From another computer, as the account of the server: ${toCode(from.elsewhere, 1_000)}`,
  ];
}

/** What the agent said; the other diagnosis has its own place. */
function toWords({ diagnosis: { text, by, confidence } }: HandOver): string {
  if (text === null || by !== 'agent') return '';
  const sure = confidence === null ? '' : `, confidence ${confidence}`;
  return paragraphs('### As the agent sees it', `Nobody checked this${sure}.`, toMarkdownQuote(text, 4_000));
}

/** Whom to ask, and what to look at. */
function toPeople({ suspects }: HandOver): string {
  const rows = suspects.flatMap(({ ref, commit, kind, author, pull_request: pull }) => {
    if (author === null && pull === null) return [];
    const names = [author === null ? '' : `by ${toCode(author)}`, pull === null ? '' : toCode(pull, 500)];
    return [`- ${toCode(ref ?? commit ?? kind)}: ${names.filter((name) => name !== '').join(', ')}`];
  });
  return rows.length === 0 ? '' : paragraphs('### Whom to ask about the suspects', rows.join('\n'));
}

/** What was done the last time is the quickest thing to look at. */
function toSimilar({ similar_incidents: similar }: HandOver): string {
  const rows = similar.map(({ id, title, opened_at: at, state, resolution, pull_request: pull, alike_by: by }) => {
    const end = resolution === null ? state : `${state}, ${resolution}`;
    const fix = pull === null ? '' : `, ${toCode(pull, 500)}`;
    const why = by === 'errors' ? 'the same errors' : 'the same title';
    return `- ${toCode(id)} of ${utc(at)} (${end.replaceAll('_', ' ')}): ${toMarkdownLine(title, 200)}${fix} — ${why}`;
  });
  return rows.length === 0 ? '' : paragraphs('### Seen before', rows.join('\n'));
}

function toTried({ tried }: HandOver): string {
  const rows = tried.map(({ n, reason, tests, files, diff }) => {
    const outcome = tests.map(({ suite, verdict, failing, message }) => {
      const names = failing.slice(0, 5).map((test) => toCode(test));
      const says = message === null ? '' : ` (${toMarkdownLine(message)})`;
      const [first, ...others] = names;
      const listed = first === undefined ? '' : ` — failing: ${[`${first}${says}`, ...others].join(', ')}`;
      return `${toCode(suite)} ${verdict}${listed}`;
    });
    const paths = files.map(({ path }) => toCode(path)).join(', ');
    const line = `${n}. ${toMarkdownLine(reason, 200)} (${paths}): ${outcome.join('; ') || 'not tested'}`;
    if (diff === null || diff === '') return line;
    // Indented, so that the block belongs to its item.
    const block = toCodeBlock(diff, { info: 'diff', maxChars: SHOWN_DIFF_CHARS });
    return `${line}\n\n${block.replaceAll(/^(?=.)/gm, '   ')}\n`;
  });
  return rows.length === 0 ? '' : paragraphs('### Tried', rows.join('\n'));
}
