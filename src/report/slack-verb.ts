// A message for Slack out of untrusted text; its threats are those of the hand-over's.

import type { TellFacts } from '#report/cloud-event.ts';
import { repositoryParts } from '#report/cloud-event.ts';
import { toMrkdwn } from '#report/slack-words.ts';
import { toLine } from '#report/text.ts';

/** What a human did with an incident, in short: it goes on, or it is over. */
export function toSlackVerb({ incident, event, believed }: TellFacts): Record<string, unknown> {
  const { id, severity, service, title } = incident;
  const resolution = typeof event.data['resolution'] === 'string' ? event.data['resolution'] : 'resolved';
  const what = event.type === 'incident.closed' ? `is closed (${resolution.replaceAll('_', ' ')})` : 'goes on';
  const head = `${believed === false ? 'Not believed: ' : ''}${id} ${what}: ${severity}`;
  const place = [...(service === undefined ? [] : [service]), repositoryParts(incident).join('/')].join(' · ');
  const lines = [
    `*${toMrkdwn(title, 200)}*`,
    toMrkdwn(place, 200),
    toMrkdwn(`${event.actor ?? 'somebody'}: ${event.summary}`, 400),
    ...(believed === false ? ['Whoever said so did not prove it as this server asks; it stays handed over here.'] : []),
    `\`fixgate report ${id}\``,
  ];
  return {
    text: toMrkdwn(`${head}. ${title}`, 300),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: toLine(head, 150), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n'), verbatim: true } },
    ],
  };
}
