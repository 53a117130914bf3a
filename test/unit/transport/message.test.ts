import { expect, it } from 'vitest';

import { calledTool, declaresElicitation, echoedId, hasRequest } from '#transport/message.ts';

it.each([
  [{ id: 1, method: 'ping' }, true],
  [[{ method: 'notifications/cancelled' }, { id: 'a', method: 'ping' }], true],
  [{ method: 'notifications/cancelled' }, false],
  [{ id: 1, result: {} }, false],
  [[], false],
  [null, false],
  ['ping', false],
])('%j holds a request: %s', (body, expected) => {
  expect(hasRequest(body)).toBe(expected);
});

it.each([
  [{ method: 'initialize', params: { capabilities: { elicitation: {} } } }, true],
  [{ method: 'initialize', params: { capabilities: { elicitation: { url: {} } } } }, true],
  [{ method: 'initialize', params: { capabilities: { sampling: {} } } }, false],
  [{ method: 'initialize', params: { capabilities: { elicitation: null } } }, false],
  [{ method: 'initialize', params: null }, false],
  [{ method: 'initialize' }, false],
  [{ method: 'tools/call', params: { capabilities: { elicitation: {} } } }, false],
  [[{ method: 'initialize', params: { capabilities: { elicitation: {} } } }], false],
])('%j declares elicitation: %s [server:sessions:elicitation]', (body, expected) => {
  expect(declaresElicitation(body)).toBe(expected);
});

it.each([
  [{ method: 'tools/call', params: { name: 'run_tests' } }, 'run_tests'],
  [{ method: 'tools/call', params: { name: 7 } }, undefined],
  [{ method: 'tools/call', params: null }, undefined],
  [{ method: 'prompts/get', params: { name: 'run_tests' } }, undefined],
])('%j calls the tool %s', (body, expected) => {
  expect(calledTool(body)).toBe(expected);
});

it.each([
  [{ id: 7 }, 7],
  [{ id: 'x' }, 'x'],
  [{ id: {} }, null],
  [[{ id: 7 }], null],
  [undefined, null],
])('the id to echo for %j is %s', (body, expected) => {
  expect(echoedId(body)).toBe(expected);
});
