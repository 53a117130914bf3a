// A message for Slack out of untrusted text. Threats: mentions of people, groups and channels, links under other words, and
// formatting that hides what is said.

import type { TellFacts } from '#report/cloud-event.ts';
import { ruleOf } from '#report/cloud-event.ts';
import { clipLines, toMrkdwn, toSlackLink } from '#report/slack-words.ts';
import { toLine, toWebAddress } from '#report/text.ts';

/** Characters of one section; Slack takes 3,000. */
const SECTION_CHARS = 2_900;

/** The hand-over in short, for an incoming webhook. */
export function toSlackHandOver(facts: TellFacts): Record<string, unknown> {
  const { incident, event, handOver } = facts;
  const { id, severity, severityConfirmed, state } = incident;
  const head = `${id} is handed over: ${severity}${severityConfirmed ? '' : ' (not confirmed)'}`;
  const lines = [
    ...(state === 'escalated' ? [] : [`Meanwhile it is ${state.replace('_', ' ')}.`]),
    ...(handOver?.summary.slice(1) ?? [`Stopped by ${ruleOf(event)}: ${event.summary}`]),
  ];
  const actions = (handOver?.suggested_actions ?? []).slice(0, 3).map(({ description }) => `- ${description}`);
  const commands = [`fixgate report ${id}`, ...(handOver ? [handOver.resume] : [])];
  const url = toWebAddress(handOver?.trace.url ?? '');
  return {
    // What notifications and screen readers show.
    text: toMrkdwn(`${head}. ${incident.title}`, 300),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: toLine(head, 150), emoji: false } },
      section([`*${toMrkdwn(incident.title, 200)}*`, ...lines.map((line) => toMrkdwn(line, 300))]),
      ...(actions.length > 0
        ? [section(['*Suggested, never executed*', ...actions.map((each) => toMrkdwn(each, 300))])]
        : []),
      section(commands.map((command) => toInlineCode(command))),
      ...(url === undefined ? [] : [section([toSlackLink(url, 'Trace')])]),
    ],
  };
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
