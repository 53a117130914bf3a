import { describe, expect, it } from 'vitest';

import { nextBlock } from '#analysis/trace-shape.ts';

describe('nextBlock', () => {
  it.each([
    ['INFO Exception: told of in a message', 'none'],
    ['2025-11-03T13:58:01Z Exception: told of in a message', 'none'],
    ['PHP Fatal error:  Uncaught Exception: x in /app/a.php:3', 'php'],
    ['ERROR Traceback (most recent call last):', 'python_body'],
    ['INFO -----BEGIN RSA PRIVATE KEY-----', 'key'],
    ['IOError: x', 'trace'],
    ['C:\\app\\a.js:3', 'node_code'],
  ])('tells where a line stands after none of a trace: %s', (text, block) => {
    expect(nextBlock(text, 'none')).toBe(block);
  });
});
