import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { groupMessages, mineTemplates } from '#analysis/mine-templates.ts';

import { groupingAccuracy } from '../../support/grouping-accuracy.ts';
import { labelledLines, labelledSystems } from '../../support/labelled-logs.ts';

const accuracyOf = (system: string) => {
  const lines = labelledLines(system);
  const groups = groupMessages(lines.map(({ message }) => message));
  return groupingAccuracy(lines.map(({ label }, index) => ({ label, group: groups[index] ?? '' })));
};

const each = (words: string, make: (word: string) => string) => words.split(' ').map((word) => make(word));

describe('mineTemplates', () => {
  it.each([
    [
      'many words in a place',
      each('ann bob cy dan eve', (user) => `invoice sent to ${user} by mail`),
      'invoice sent to <*> by mail',
    ],
    [
      'two words where a name is due',
      each('ann bob', (user) => `session opened for user ${user} on tty`),
      'session opened for user <*> on tty',
    ],
    ['values of one key', each('ann bob cy dan eve', (user) => `login done by=${user} ok`), 'login done by=<*> ok'],
    [
      'values of several keys at once',
      ['ann shop', 'bob mail', 'cy cart', 'dan price', 'eve stock'].map((pair) => {
        const [user, base] = pair.split(' ');
        return `connection authorized: user=${user} database=${base}`;
      }),
      'connection authorized: user=<*> database=<*>',
    ],
    [
      'two words that vary together',
      ['ann red', 'bob blue', 'cy green', 'dan pink', 'eve grey', 'flo teal', 'gus lime', 'hal plum'].map((pair) => {
        const [user, colour] = pair.split(' ');
        return `basket by ${user} painted in ${colour} today`;
      }),
      'basket by <*> painted in <*> today',
    ],
    ['a mask and a word', ['peer <ip> lost', 'peer gateway lost'], 'peer <*> lost'],
    ['masks of other kinds', ['trap iar <hex> dear <num>', 'trap iar <num> dear <hex>'], 'trap iar <*> dear <*>'],
    [
      'lists of other lengths',
      ['deleting block blk_<num>', 'deleting block blk_<num> blk_<num> blk_<num>'],
      'deleting block blk_<num>',
    ],
    [
      'nothing between brackets',
      ['from <ip> (<num>.example.org) at <date>', 'from <ip> () at <date>'],
      'from <ip> (<*>) at <date>',
    ],
    [
      'packages of classes',
      ['started com.acme.shop.Cart now', 'started com.acme.mail.Sender now'],
      'started com.acme.<*> now',
    ],
  ])('takes for one statement what differs in %s [logs:patterns:statements]', (_, templates, statement) => {
    expect([...new Set(mineTemplates(templates))]).toStrictEqual([statement]);
  });

  it.each([
    [
      'what happened',
      each('opened closed refused reset lost accepted dropped', (state) => `connection was ${state} by peer`),
    ],
    ['few words', each('CLOSED OPEN', (state) => `breaker of payments changed to ${state}`)],
    ['yes and no', ['user <num> allowed: true', 'user <num> allowed: false', 'user <num> allowed: <num>']],
    [
      'the exception',
      each(
        'java.io.IOException com.acme.shop.SlowException x.y.z.Error a.b.c.DbException q.r.s.NetException',
        (type) => `job failed with ${type} again`,
      ),
    ],
    ['the first word', each('boot halt wait reset start stop', (verb) => `${verb} (command <num>) of node`)],
    ['the name before a number', ['lost disk-<num> of host', 'lost network-<num> of host']],
    ['nothing but a word', each('ann bob cy dan eve flo gus hal ida', (word) => word)],
  ])('keeps apart what differs in %s [logs:patterns:statements]', (_, templates) => {
    expect(mineTemplates(templates)).toStrictEqual(templates);
  });

  it('does not depend on the order of templates [logs:patterns:order]', () => {
    const word = fc.constantFrom(
      'a',
      'b',
      'c',
      'user',
      'of',
      '<num>',
      'x=<hex>',
      'x=q',
      'x=r',
      '<ip>',
      'com.a.b',
      'lost',
      '()',
    );
    const templates = fc.uniqueArray(
      fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' ')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(templates, (made) => {
        const forward = new Map(mineTemplates(made).map((statement, index) => [made[index], statement]));
        const turned = made.toReversed();
        const backward = new Map(mineTemplates(turned).map((statement, index) => [turned[index], statement]));
        expect(backward).toStrictEqual(new Map(turned.map((template) => [template, forward.get(template)])));
      }),
    );
  });

  it.each(labelledSystems)('groups lines as %s writes them [logs:patterns:accuracy]', (system) => {
    expect(accuracyOf(system)).toBeGreaterThan(0.9);
  });

  it('groups 95 of 100 lines rightly on average [logs:patterns:accuracy]', () => {
    const accuracies = labelledSystems.map(accuracyOf);
    expect(accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length).toBeGreaterThanOrEqual(0.95);
  });
});

describe('groupingAccuracy', () => {
  it.each([
    [
      1,
      [
        ['a', '1'],
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      0,
      [
        ['a', '1'],
        ['b', '1'],
      ],
    ],
    [
      1 / 3,
      [
        ['a', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
    ],
  ] as const)('is %d', (accuracy, pairs) => {
    expect(groupingAccuracy(pairs.map(([label, group]) => ({ label, group })))).toBeCloseTo(accuracy);
  });
});

describe('a header that the reader does not know', () => {
  const kinds = ['cache parity error corrected', 'core dumped', 'lost its link to the switch'];
  const verbs = [
    'started',
    'was drained',
    'left',
    'joined',
    'is idle',
    'is full',
    'failed a check',
    'woke up',
    'reset',
    'sleeps',
    'restarted',
  ];
  const statements = [...kinds, ...verbs.map((verb) => `the scheduler ${verb} at <num>`)];
  const nodes = ['R<num>-NA-U<num>', 'R<num>-NF-U<num>', 'node<num>', 'admin<num>'];
  const raw = statements.flatMap((text) => nodes.map((node) => `- <num> ${node} <date> ${text}`));

  it('does not split statements by where they were logged [logs:patterns:unknown-headers]', () => {
    const mined = mineTemplates(raw);
    expect(new Set(mined).size).toBe(statements.length);
    expect(mined[0]).toMatch(/^- .*<\*>.* cache parity error corrected$/);
  });

  it('is none where only some begin with a value', () => {
    const some = [...raw, ...Array.from({ length: 12 }, (_, n) => `${'abcdefghijkl'.charAt(n)}lpha was here`)];
    expect(new Set(mineTemplates(some)).size).toBeGreaterThan(statements.length * 2);
  });
});
