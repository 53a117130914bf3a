// A message for Slack out of untrusted text. Threats: mentions of people, groups and channels, links under other words, and
// formatting that hides what is said.

import type { TellFacts } from '#report/cloud-event.ts';
import { repositoryParts, ruleOf } from '#report/cloud-event.ts';
import { spell } from '#report/markdown-words.ts';
import { RESUME_NEEDS } from '#report/resume-command.ts';
import { AGENT_SAID, clipLines, toMrkdwn, toSlackLink } from '#report/slack-words.ts';
import { toLine, toWebAddress } from '#report/text.ts';

/** Characters of one section; Slack takes 3,000. */
const SECTION_CHARS = 2_900;

/** Open questions of the agent that are shown. */
const MAX_UNKNOWNS = 3;

/** The hand-over in short, for an incoming webhook. */
export function toSlackHandOver(facts: TellFacts): Record<string, unknown> {
  const { incident, event, handOver } = facts;
  const { id, severity, severityConfirmed, state } = incident;
  const head = `${id} is handed over: ${severity}${severityConfirmed ? '' : ' (not confirmed)'}`;
  const lines = [
    toPlace(facts),
    ...(state === 'escalated' ? [] : [`Meanwhile it is ${state.replace('_', ' ')}.`]),
    ...(handOver?.summary.slice(1) ?? [`Stopped by ${ruleOf(event)}: ${event.summary}`]),
  ];
  const actions = (handOver?.suggested_actions ?? [])
    .slice(0, 3)
    .map(({ type, description }) => `${type === 'told' ? AGENT_SAID : ''}${description}`);
  const unknowns = (handOver?.diagnosis.agent_unknowns ?? []).slice(0, MAX_UNKNOWNS);
  const resume = handOver ? [`${toInlineCode(handOver.resume)} ${RESUME_NEEDS}`] : [];
  const runbook = handOver?.runbook ?? null;
  const url = toWebAddress(handOver?.trace.url ?? '');
  return {
    // What notifications and screen readers show.
    text: toMrkdwn(`${head}. ${incident.title}`, 300),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: toLine(head, 150), emoji: false } },
      section([`*${toMrkdwn(incident.title, 200)}*`, ...lines.map((line) => toMrkdwn(line, 300))]),
      ...toList('*Suggested, never executed*', actions),
      ...toList('*Unknown*, agent, unchecked', unknowns),
      section([
        ...(runbook === null ? [] : [toSlackLink(runbook, 'Runbook')]),
        toInlineCode(`fixgate report ${id}`),
        ...resume,
      ]),
      ...(url === undefined ? [] : [section([toSlackLink(url, 'Trace')])]),
    ],
  };
}

/** Service, repository, and how long it was open. */
function toPlace({ incident, event }: TellFacts): string {
  const { service, openedAt } = incident;
  const opened = new Date(openedAt).toISOString().slice(11, 16);
  const age = spell(Math.max(0, Math.round((event.at - openedAt) / 1_000)));
  const names = [...(service === undefined ? [] : [service]), repositoryParts(incident).join('/')];
  return [...names, `opened ${opened} UTC, ${age} before the hand-over`].join(' · ');
}

function toList(head: string, items: readonly string[]): Record<string, unknown>[] {
  return items.length === 0 ? [] : [section([head, ...items.map((each) => `- ${toMrkdwn(each, 300)}`)])];
}

function section(lines: readonly string[]): Record<string, unknown> {
  // `verbatim`: nothing is linked or mentioned that is not written as a link or a mention.
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: clipLines(lines.join('\n'), SECTION_CHARS), verbatim: true },
  };
}

/** A command of our own; a sign that ends code cannot be in it. */
function toInlineCode(text: string): string {
  const code = toLine(text, 500).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `\`${code.replaceAll('`', "'")}\``;
}
