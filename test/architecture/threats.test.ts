import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { root } from '../support/citations.ts';

/** How agents, repositories and clients get round guards that are no shell text and no path: which test stands against it, or why none does. */
const threats: readonly (readonly [threat: string, answer: { readonly test: string } | { readonly none: string }])[] = [
  [
    'many clients spend the last of a budget at once',
    { test: 'e2e/concurrency: over several server processes on one state folder admit exactly ten' },
  ],
  ['each worker brings a budget of its own', { test: 'e2e/concurrency: over HTTP admit exactly ten' }],
  [
    'the host reports no usage, or too little',
    { test: 'integration/policy-threats: lowers nothing: every call is charged by what was written and answered' },
  ],
  [
    'a model is called by the name of a cheaper one',
    { test: 'integration/policy-threats: knows no cheap model: prices of a policy change no charge' },
  ],
  ['a rename counts as one file', { test: 'unit/policy/guards/changes: count files of earlier patches and name them' }],
  [
    'refused attempts use up the cap',
    { test: 'integration/policy-threats: never stand in the way of what is allowed' },
  ],
  ['an approval is used twice', { test: 'integration/policy-threats: is used by one call: the same again asks anew' }],
  [
    "the agent's host answers in place of a human",
    {
      test: 'integration/policy-threats: is not the agent’s to give: no tool and no form of its host approves anything',
    },
  ],
  [
    'the policy changes between approval and call',
    { test: 'integration/policy-threats: counts under the policy that asked, and under no other' },
  ],
  [
    'what is to be approved is hidden from who approves',
    {
      test: 'integration/policy-threats: shows every fact on a line of its own, with nothing hidden and nothing that commands the terminal',
    },
  ],
  [
    'questions are asked until somebody says yes',
    {
      test: 'integration/policy-threats: is asked for five times at most while nobody answers, however little the questions differ',
    },
  ],
  [
    'the input is replaced after it was judged',
    {
      test: 'integration/policy-threats: is what runs: nothing can change an action between its permit and its effect',
    },
  ],
  [
    'a secret is cut so that no shape is left of it',
    { test: 'integration/sandbox: sees a clean environment, private folders and no input' },
  ],
  [
    'a test reads the environment of the server',
    { test: 'integration/hostile-scripts: is not read or written through %s, in %s' },
  ],
  ['a picture or a link in a pull request carries data out', { test: 'unit/report/text: defuses %s' }],
  ['a query carries data out', { test: 'integration/policy-threats: is bounded: %s' }],
  ['escape sequences in logs command the terminal', { test: 'unit/engine/redact: %s go away' }],
  [
    'text from outside ends the block it stands in',
    { test: 'unit/engine/render: has one line a fact, whatever the texts hold' },
  ],
  ['a child process writes protocol', { test: 'e2e/serve: holds protocol only, whatever is sent' }],
  [
    'the name of a test or a file gives orders',
    { test: 'integration/hostile-repository: reach a person as plain text below a notice, whatever they print' },
  ],
  ['a web page calls the server by another name', { test: 'integration/transport: refuses %s with 403' }],
  [
    'a program of the same computer calls the server without a token',
    {
      none: 'On loopback a token is the operator’s choice: with `http.token` every client is asked for it. Host and Origin are checked in any case.',
    },
  ],
  [
    'the server listens to the world',
    { test: 'integration/transport: does not start beyond loopback without a token' },
  ],
  [
    'a token for somebody else is accepted',
    {
      none: 'Tokens are compared as a whole with the one configured: there are no issuers and no audiences that could be mistaken.',
    },
  ],
  [
    'YAML is read in another version than its author meant',
    { test: 'unit/policy/yaml: reads words, numbers and merged keys as YAML %s does' },
  ],
  ['a glob takes for ever', { test: 'integration/policy-threats: %s is decided at once' }],
  ['a test prints without end', { test: 'integration/sandbox: keeps head and tail of 50 MB of output' }],
  [
    'one long line keeps the secret patterns busy',
    { test: 'unit/engine/redact: of 1 MB of %s takes time in proportion' },
  ],
  [
    'a test fills the disk',
    { test: 'integration/hostile-scripts: is not filled: a run that takes more of the disk than its limit is ended' },
  ],
  [
    'the server passes on what it was started with',
    { test: 'integration/hostile-scripts: is not reached by descriptors that the server was started with, under %s' },
  ],
];

it('every threat has a test that exists, or says why it has none', () => {
  const problems = threats.flatMap(([threat, answer]) => {
    if ('none' in answer) return answer.none.length > 40 ? [] : [threat];
    const [, file = '', title = ''] = /^(\S+): (.*)$/.exec(answer.test) ?? [];
    const source = readFileSync(path.join(root, `test/${file}.test.ts`), 'utf8');
    return source.includes(`'${title} [`) || source.includes(`'${title}'`) ? [] : [`${threat}: ${answer.test}`];
  });
  expect(problems).toEqual([]);
  expect(new Set(threats.map(([threat]) => threat)).size).toBe(threats.length);
});
