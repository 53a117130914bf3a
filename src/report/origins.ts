import type { PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { toInertLine, toMarkdownLine } from '#report/text.ts';

/** An incident and the words of its pull request, both without their secrets. */
interface Told {
  readonly incident: Incident;
  readonly action: Pick<PublishAction, 'title' | 'summary' | 'rootCause'>;
}

/** Where the title of an incident comes from: whoever opened it, the first line of its analysis, or nobody. */
type TitleOrigin = 'given' | 'analysis' | 'none';

function titleOrigin({ id, title, rca }: Incident): TitleOrigin {
  if (title === `Incident ${id}`) return 'none';
  return rca && title === rca.text.split('\n')[0]?.slice(0, 120) ? 'analysis' : 'given';
}

/** What the incident is about, as Markdown; says what nobody stated. */
export function toImpactWords(incident: Incident): string {
  const origin = titleOrigin(incident);
  const since = incident.startedAt === incident.openedAt ? ' (when it was opened; no start was given)' : '';
  const title = toMarkdownLine(incident.title, 300);
  if (origin === 'given') return `${since}: ${title}`;
  return `${since}: no title was given${origin === 'none' ? '' : `; its analysis begins: ${title}`}`;
}

/** The same for the symptom of a commit message. */
export function toSymptom(incident: Incident): string {
  const origin = titleOrigin(incident);
  if (origin === 'none') return 'not given';
  return `${origin === 'given' ? '' : 'not given; the analysis begins: '}${toInertLine(incident.title, 500)}`;
}

/** Who wrote the words of a pull request, in one sentence: a reviewer must not take the agent's for the on-call's. */
export function toOrigins({ incident, action }: Told): string {
  const titles: Readonly<Record<TitleOrigin, string>> = {
    given: 'the title of the incident',
    analysis: 'the first line of the analysis of the incident',
    none: 'made from the id of the incident',
  };
  const title = action.title === incident.title ? titles[titleOrigin(incident)] : 'by the agent';
  const summary = action.summary.trim() === '' ? 'not given' : 'by the agent';
  return `Whose words these are: title ${title}; root cause ${causeOrigin({ incident, action })}; summary ${summary}; files, tests and risk as Fixgate found them.`;
}

function causeOrigin({ incident, action }: Told): string {
  const own = action.rootCause.trim();
  const analysis = incident.rca?.text.trim() ?? '';
  if (own !== '' && own !== analysis) return 'by the agent';
  return analysis === '' ? 'not given' : 'from the analysis that was given with the incident';
}
