import type { Section } from '#report/markdown-words.ts';
import { paragraphs, short, spell, table, utc } from '#report/markdown-words.ts';
import type { FactOrigin, ReportedSuspect } from '#report/schema-facts.ts';
import { origins } from '#report/schema-facts.ts';
import type { Report } from '#report/schema.ts';
import { toCode, toMarkdownLine, toMarkdownQuote } from '#report/text.ts';

/** What is thought to be wrong: suspects, signals, and what nobody knows. */
export function toDiagnosis({ diagnosis, rca, origins: from }: Report): Section {
  const { root_cause: words, category, confidence, suspects, signals, unknowns, judged } = diagnosis;
  const verdict =
    category === 'unknown'
      ? 'Nothing points to one kind of cause.'
      : `Looks like a ${category.replaceAll('_', ' ')} (confidence ${confidence ?? 'unknown'}, estimated).`;
  return {
    title: 'Diagnosis',
    body: paragraphs(
      rca === null && words !== null ? toCause(words, from['diagnosis.root_cause']) : '',
      judged === null ? verdict : `${verdict} A human said at the end that the diagnosis was ${judged}.`,
      suspects.length === 0 ? '' : suspectTable(suspects),
      signals.map(({ text, at }) => `- ${at === null ? '' : `${utc(at)} `}${toMarkdownLine(text, 300)}`).join('\n'),
      unknowns.length === 0
        ? ''
        : ['Not known:', '', ...unknowns.map((each) => `- ${toMarkdownLine(each)}`)].join('\n'),
    ),
  };
}

/** Words of the agent say so. */
function toCause(words: string, origin: FactOrigin | undefined): string {
  const whose = origin?.by === 'host' ? `The agent, ${origin.how}; nobody checked it:` : '';
  return paragraphs(whose, toMarkdownQuote(words));
}

/** Suspects, likeliest first; nobody's name is in it. */
export function suspectTable(suspects: readonly ReportedSuspect[]): string {
  const rows = suspects.map(({ kind, ref, commit, at, subject, confidence, level }) => [
    [toMarkdownLine(kind, 40), ...[ref, commit].flatMap((each) => (each === null ? [] : [toCode(each)]))].join(' '),
    at === null ? '' : utc(at),
    toMarkdownLine(subject, 200),
    confidence === null ? '' : `${confidence} ${level}`,
  ]);
  return table(['Suspect', 'When', 'What', 'Confidence'], rows);
}

/** What a human may do. */
export function toActions({ suggested_actions: actions }: Report): Section {
  const items = actions.map(
    ({ type, description, command, risk, why }, index) =>
      `${index + 1}. **${type === 'told' ? 'the agent says' : type.replaceAll('_', ' ')}** (risk ${risk}): ${toMarkdownLine(description)}${command === null ? '' : ` ${toCode(command)}`} — ${toMarkdownLine(why, 200)}`,
  );
  const head = 'Fixgate does none of it.';
  return { title: 'Suggested actions', body: items.length === 0 ? '' : paragraphs(head, items.join('\n')) };
}

/** What humans were asked. */
export function toApprovals({ approvals }: Report): Section {
  const rows = approvals.map(({ id, kind, state, by, believed, waited_seconds, question, reason }) => [
    toCode(id),
    `${kind}: ${toMarkdownLine(question, 200)}`,
    `${state}${by === null ? '' : ` by ${toMarkdownLine(by, 100)}`}${believed === false ? ', not believed' : ''}`,
    reason === null ? '' : toMarkdownLine(reason, 200),
    spell(waited_seconds),
  ]);
  return {
    title: 'Approvals',
    body: rows.length === 0 ? '' : table(['Id', 'Asked', 'Answer', 'Why', 'Waited'], rows),
  };
}

/** What was read, so that anybody can read it again. */
export function toEvidence({ evidence }: Report): Section {
  const rows = evidence.map(({ uri, kind, source, query, since, until, matched, status, sha256, ...read }) => [
    `${toCode(uri)}${read.removed ? ' (removed)' : ''}`,
    `${kind} of ${toCode(source)}${read.other_configuration ? ' (under another configuration)' : ''}`,
    toCode(query, 300),
    since === null || until === null ? '' : `${utc(since)} to ${utc(until)}`,
    `${matched ?? ''}${status === 'partial' ? ' (partial)' : ''}`,
    toCode(sha256),
  ]);
  return {
    title: 'Evidence',
    body: rows.length === 0 ? '' : table(['Kept as', 'Read', 'Query', 'Window', 'Found', 'SHA-256'], rows),
  };
}

/** Which facts were measured, reported or estimated. */
export function toOriginTable({ origins: facts }: Report): Section {
  const of = (origin: FactOrigin['origin']) => Object.entries(facts).filter(([, fact]) => fact.origin === origin);
  const rows = origins.flatMap((origin) => {
    const places = of(origin).map(([place, { by }]) => `${toCode(place)}${by === 'fixgate' ? '' : ` (${by})`}`);
    return places.length === 0 ? [] : [[origin, places.join(', ')]];
  });
  return { title: 'Where the facts come from', body: table(['Origin', 'Facts, by their place in report.json'], rows) };
}

/** The commit that is repaired and what repairs it, in one line. */
export function toPlace({ incident }: Report): string {
  return `${toCode(incident.repository)} at ${toCode(short(incident.base_commit))}`;
}
