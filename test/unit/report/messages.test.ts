import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { TellFacts } from '#report/cloud-event.ts';
import { toCloudEvent, toEventId } from '#report/cloud-event.ts';
import { toHandOver } from '#report/hand-over.ts';
import { toSlackHandOver } from '#report/slack-hand-over.ts';
import { toSlackVerb } from '#report/slack-verb.ts';
import { toMrkdwn } from '#report/slack-words.ts';

import { escalatedInput, event, incident, patches, START } from './records.ts';

function facts(changes: Partial<TellFacts> & { readonly type?: TellFacts['event']['type'] } = {}): TellFacts {
  const { type = 'incident.escalated', ...rest } = changes;
  const input = escalatedInput();
  return {
    incident: input.incident,
    event: {
      type,
      hash: '0123456789abcdef'.repeat(4),
      at: START,
      summary: 'The budget is used up.',
      data: { rule_id: 'budget/usd' },
    },
    handOver: toHandOver(input),
    pullRequest: undefined,
    ...rest,
  };
}

describe('a CloudEvent', () => {
  it('of a hand-over has its required attributes, the severity, the trace and the package [hand-over:webhook:cloudevent]', () => {
    expect(toCloudEvent(facts())).toMatchObject({
      specversion: '1.0',
      type: 'dev.cdeventsx.fixgate-incident.escalated.0.1.0',
      source: '/fixgate/srv/user-service',
      id: '0123456789abcdef0123456789abcdef',
      subject: 'INC-1',
      time: '2026-03-02T09:00:00.000Z',
      datacontenttype: 'application/json',
      // sha256("fixgate:incident:INC-1"), as in every other record.
      traceparent: expect.stringMatching(/^00-721191b6cc82d409539fb6ce45480dca-(?!0{16})[0-9a-f]{16}-01$/),
      severitytext: 'ERROR',
      severitynumber: 17,
      data: {
        context: { type: 'dev.cdeventsx.fixgate-incident.escalated.0.1.0', source: '/fixgate/srv/user-service' },
        subject: { id: 'INC-1', content: { service: { id: 'user-service' } } },
        customData: { rule_id: 'budget/usd', reason: 'The budget is used up.', hand_over: { branch: 'hotfix/INC-1' } },
        customDataContentType: 'application/json',
      },
    });
  });

  it.each([
    ['incident.opened', 'dev.cdevents.incident.detected.0.3.0'],
    ['pull_request.opened', 'dev.cdevents.change.created.0.4.0'],
    ['incident.resumed', 'dev.cdeventsx.fixgate-incident.resumed.0.1.0'],
    ['incident.closed', 'dev.cdevents.incident.resolved.0.3.0'],
  ] as const)('of %s is a %s', (type, expected) => {
    expect(toCloudEvent(facts({ type }))['type']).toBe(expected);
  });

  it('of an end says who said so, and ends nothing elsewhere that nobody proved [hand-over:webhook:end]', () => {
    const base = facts({ type: 'incident.closed' });
    const ended = {
      ...base.event,
      actor: 'human:ada',
      summary: 'INC-1 closed: all is well',
      data: { resolution: 'false_alarm' },
    };
    const told = (believed: boolean) => toCloudEvent({ ...base, event: ended, believed });
    expect(told(true)).toMatchObject({
      type: 'dev.cdevents.incident.resolved.0.3.0',
      data: { customData: { by: 'human:ada', resolution: 'false_alarm', believed: true } },
    });
    expect(told(false)).toMatchObject({
      type: 'dev.cdeventsx.fixgate-incident.closed.0.1.0',
      data: { customData: { believed: false } },
    });
    const slack = JSON.stringify(
      toSlackVerb({ ...base, event: { ...ended, summary: 'INC-1 closed <!channel>' }, believed: false }),
    );
    expect(slack).toContain('Not believed: INC-1 is closed (false alarm): SEV2');
    expect(slack).not.toMatch(/<[!@#]/);
  });

  it.each([
    [{ environment: 'staging' }, 'staging'],
    [{}, 'unknown'],
  ])('says where it happens: %j [hand-over:webhook:environment]', (known, id) => {
    const event = toCloudEvent(facts({ incident: { ...incident, ...known } }));
    expect(event).toMatchObject({ data: { subject: { content: { environment: { id } } } } });
  });

  it('is the same each time, in each process; another event has another id', () => {
    expect(toCloudEvent(facts())).toEqual(toCloudEvent(facts()));
    const other = facts();
    expect(toEventId({ event: { ...other.event, hash: 'f'.repeat(64) } })).not.toBe(toEventId(other));
  });

  it('stays within the size that everybody takes, and loses diffs first [hand-over:webhook:cloudevent]', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...(patches[0] as NonNullable<(typeof patches)[0]>),
      n: index + 1,
      reason: 'r'.repeat(900),
      tree: `${index}`,
    }));
    const diffs = new Map(many.map(({ tree }) => [tree, '+x\n'.repeat(6_000)]));
    const sized = (input: ReturnType<typeof escalatedInput>) => toCloudEvent(facts({ handOver: toHandOver(input) }));
    const small = sized(escalatedInput({ patches: many.slice(0, 6), diffs }));
    const large = sized(
      escalatedInput({
        patches: many.map((each) => ({
          ...each,
          files: Array.from({ length: 200 }, (_, n) => ({
            path: `src/${n}.js`,
            change: 'modify' as const,
            added: 1,
            removed: 1,
          })),
        })),
        diffs,
      }),
    );
    for (const event of [small, large]) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(65_536);
    expect(JSON.stringify(small)).toContain('+x');
    expect(JSON.stringify(large)).not.toContain('+x');
  });

  it('can be told without a report', () => {
    expect(toCloudEvent(facts({ handOver: undefined }))).toMatchObject({
      data: { customData: { hand_over: null, reason: 'The budget is used up.' } },
    });
    expect(JSON.stringify(toSlackHandOver(facts({ handOver: undefined })))).toContain('The budget is used up.');
  });

  it('names its source without credentials', () => {
    const repository = { ...incident.repository, location: 'https://bot:s3cret@git.example.com/acme/checkout.git' };
    expect(toCloudEvent(facts({ incident: { ...incident, repository } }))['source']).toBe('/fixgate/acme/checkout');
  });
});

interface Message {
  readonly blocks: readonly { readonly text: { readonly text: string } }[];
}

const MENTION = /<[!@#]|<https?:|(?<![\u200B\w])[@#](?!\u200B)[\p{L}\p{N}]/u;

describe('a message for Slack', () => {
  it('says what happened in short, with the commands [hand-over:slack:message]', () => {
    const text = JSON.stringify(toSlackHandOver(facts()));
    expect(text).toContain('INC-1 is handed over: SEV2');
    expect(text).toContain('`fixgate report INC-1`');
    expect(text).toContain('Tried 1 change');
  });

  it('says where it is, how long it runs, and that resuming needs an approver [hand-over:slack:message]', () => {
    const at = { ...facts().event, at: START + 80_000 };
    const text = JSON.stringify(toSlackHandOver(facts({ event: at })));
    expect(text).toContain('user-service · srv/user-service · opened 09:00 UTC, 1 min 20 s before the hand-over');
    expect(text).toContain('(needs an approver, see policy.md#approvals)');
    expect(text).toContain('The trouble began at 2026-03-02T08:40:00.000Z.');
    const repository = { ...incident.repository, location: 'https://bot:s3cret@git.example.com/acme/checkout.git' };
    const bare = JSON.stringify(toSlackHandOver(facts({ incident: { ...incident, repository } })));
    expect(bare).toContain('· acme/checkout ·');
    expect(bare).not.toContain('s3cret');
  });

  it('says whose words the diagnosis, the actions and the open questions of the agent are [hand-over:slack:attributed]', () => {
    const data = {
      reason: 'stuck',
      diagnosis: 'The cache',
      confidence: 0.6,
      suggested_actions: ['Restart it'],
      unknowns: ['why now', 'who <!channel>', 'where', 'a fourth'],
    };
    const input = escalatedInput({ events: [...escalatedInput().events, event(81, 'hand_over.told', { data })] });
    const text = JSON.stringify(toSlackHandOver(facts({ handOver: toHandOver(input) })));
    expect(text).toContain('Cause (confidence 0.6), agent, unchecked: The cache');
    expect(text).toContain('- agent, unchecked: Restart it');
    expect(text).toContain('- Bring in whoever owns the service.');
    expect(text).toContain('*Unknown*, agent, unchecked');
    expect(text).toContain('- why now\\n- who &lt;!channel&gt;\\n- where"');
    expect(text).not.toContain('a fourth');
  });

  it.each([
    ['https://wiki.example.com/a?b=1&c=2', '<https://wiki.example.com/a?b=1&amp;c=2|Runbook>'],
    ['docs/runbook.md', 'Runbook docs/runbook.md'],
    ['<!channel> https://u:p@x.example', 'Runbook &lt;!channel&gt; '],
  ])('names the runbook %s [hand-over:package:runbook]', (runbook, shown) => {
    const text = JSON.stringify(toSlackHandOver(facts({ handOver: toHandOver(escalatedInput({ runbook })) })));
    expect(text).toContain(shown);
    expect(text).not.toMatch(/<[!@#]/);
    expect(JSON.stringify(toSlackHandOver(facts()))).not.toContain('Runbook');
  });

  it('says when the work goes on already', () => {
    expect(JSON.stringify(toSlackHandOver(facts({ incident: { ...incident, state: 'pr_open' } })))).toContain(
      'Meanwhile it is pr open.',
    );
  });

  it.each([
    '<!channel>',
    '<!here|x>',
    '<@U123>',
    '<#C123>',
    '@channel',
    '@here',
    '<https://evil.example|log in>',
    '<!subteam^S1>',
  ])('mentions nobody and links nowhere for %s [hand-over:slack:inert]', (text) => {
    const message = JSON.stringify(toSlackHandOver(facts({ incident: { ...incident, title: text } })));
    expect(toMrkdwn(text, 300)).not.toMatch(MENTION);
    expect(message).not.toMatch(/<[!@#]|<https?:/);
  });

  it('whatever the title: it has no markup of its own and keeps its words [hand-over:slack:inert]', () => {
    const alike: Readonly<Record<string, string>> = { '∗': '*', ˍ: '_', '∼': '~', ˋ: '`', '\u200B': '' };
    const signs = '<>&@#*_~`:|!/ ab1'.split('');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...signs), maxLength: 60 }), (title) => {
        const { blocks } = toSlackHandOver(facts({ incident: { ...incident, title } })) as unknown as Message;
        const shown = /^\*(?<title>.*)\*$/.exec(blocks[1]?.text.text.split('\n')[0] ?? '')?.groups?.['title'] ?? '';
        expect(shown).not.toMatch(/[<>*~`]|&(?!(?:amp|lt|gt);)/);
        expect(shown).not.toMatch(MENTION);
        const words = shown.replaceAll(/[∗ˍ∼ˋ\u200B]/g, (sign) => alike[sign] ?? sign);
        const back = words.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
        expect(back).toBe(title.replaceAll(/\s+/g, ' ').trim());
      }),
    );
  });

  it('fits into what Slack takes', () => {
    const long = 'x'.repeat(5_000);
    const handOver = { ...toHandOver(escalatedInput()), summary: Array.from({ length: 10 }, () => long) };
    const { blocks } = toSlackHandOver(
      facts({ handOver, incident: { ...incident, title: long } }),
    ) as unknown as Message;
    for (const { text } of blocks) expect(text.text.length).toBeLessThanOrEqual(3_000);
  });
});
