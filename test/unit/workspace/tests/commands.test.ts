import { describe, expect, it } from 'vitest';

import { collectCommands } from '#workspace/tests/commands.ts';

import { manifest, memoryTree } from '../../../support/memory-tree.ts';
import { samplePlan } from '../../../support/store-samples.ts';

async function commands(argv: string[], files: Readonly<Record<string, string>>, cwd = '.') {
  const found = await collectCommands({ ...samplePlan, argv, cwd }, memoryTree(files));
  return Object.fromEntries(found.map((each) => [each.origin, each.command]));
}

describe('the commands of a plan', () => {
  it('begin with its argv', async () => {
    expect(await commands(['node', '--test'], {})).toEqual({ 'suite unit': ['node', '--test'] });
  });

  it('hold package scripts with their hooks, nested ones too [gate:commands:scripts]', async () => {
    const scripts = {
      pretest: 'echo pre',
      test: 'npm run build && jest',
      posttest: 'npm publish',
      build: 'tsc',
      other: 'x',
    };
    expect(await commands(['npm', 'test'], { 'package.json': manifest(scripts) })).toEqual({
      'suite unit': ['npm', 'test'],
      'package.json#scripts.pretest': 'echo pre',
      'package.json#scripts.test': 'npm run build && jest',
      'package.json#scripts.posttest': 'npm publish',
      'package.json#scripts.build': 'tsc',
    });
  });

  it.each([
    ['npm', 'run', 'x'],
    ['npm', 'run', '--silent', 'x'],
    ['pnpm', 'x'],
    ['yarn', 'x'],
    ['yarn', 'run', 'x'],
    ['npx', 'run-s', 'a', 'x'],
    ['npx', 'npm-run-all', 'x*'],
    ['npx', 'concurrently', 'npm:x'],
    ['npx', 'concurrently', 'npm run x'],
    ['sh', '-c', 'npm run x'],
    ['node', '--run', 'x'],
  ])('are found behind %s %s %s', async (...argv) => {
    expect(await commands(argv, { 'package.json': manifest({ x: 'kubectl apply' }) })).toMatchObject({
      'package.json#scripts.x': 'kubectl apply',
    });
  });

  it.each([
    [['bash', 'scripts/smoke.sh']],
    [['./scripts/smoke.sh']],
    [['sh', '-e', './scripts/smoke.sh', 'arg']],
    [['timeout', '5', 'scripts/smoke.sh']],
    [['bash', '-c', '. scripts/smoke.sh; x']],
    [['bash', '-c', '"./scripts/smoke.sh"']],
    [['npm', 'test']],
    [['make', 'smoke']],
  ])('hold the shell script of %j [gate:commands:scripts]', async (argv) => {
    const files = {
      'scripts/smoke.sh': '#!/bin/bash\nkubectl apply -f k8s\n',
      'package.json': manifest({ test: 'bash scripts/smoke.sh' }),
      Makefile: 'all:\n\ttrue\nsmoke: prepare\n\t@scripts/smoke.sh\nprepare:\n\techo prepare\n',
    };
    expect(await commands(argv, files)).toMatchObject({ 'scripts/smoke.sh': files['scripts/smoke.sh'] });
  });

  it('follow scripts that call scripts, and stop at loops', async () => {
    const files = {
      'a.sh': 'bash b.sh',
      'b.sh': 'bash a.sh; bin/deploy',
      'bin/deploy': '#!/usr/bin/env bash\nhelm upgrade',
    };
    expect(Object.keys(await commands(['bash', 'a.sh'], files))).toEqual(['suite unit', 'a.sh', 'b.sh', 'bin/deploy']);
  });

  it('leave programs of other languages out', async () => {
    const files = { 'a.js': 'x', 'b.py': '#!/usr/bin/env python3\n', 'README.md': 'x' };
    expect(Object.keys(await commands(['node', 'a.js', 'b.py', 'README.md'], files))).toEqual(['suite unit']);
  });

  it('read recipes with their variables [gate:commands:scripts]', async () => {
    const Makefile = 'K := kubectl\ntest: build\n\t-@$(K) apply\nbuild: ; tsc\nother:\n\trm x\n';
    expect(await commands(['make', 'test'], { Makefile })).toEqual({
      'suite unit': ['make', 'test'],
      'Makefile#test': 'kubectl apply',
      'Makefile#build': 'tsc',
    });
    expect(Object.keys(await commands(['make'], { Makefile }))).toContain('Makefile#test');
    expect(Object.keys(await commands(['make', 'unknown'], { Makefile }))).toContain('Makefile#other');
  });

  it('are read from the package of the suite’s folder, or of all when the call leaves it', async () => {
    const files = { 'package.json': manifest({ test: 'root' }), 'packages/a/package.json': manifest({ test: 'a' }) };
    expect(await commands(['npm', 'test'], files, 'packages/a')).toEqual({
      'suite unit': ['npm', 'test'],
      'packages/a/package.json#scripts.test': 'a',
    });
    expect(await commands(['npm', 'test', '--workspaces'], files)).toMatchObject({
      'package.json#scripts.test': 'root',
      'packages/a/package.json#scripts.test': 'a',
    });
  });

  it('are bounded for a hostile Makefile', async () => {
    const bomb = Array.from({ length: 20 }, (_, i) => `V${i} = ${`$(V${i + 1})`.repeat(50)}`).join('\n');
    const found = await commands(['make'], { Makefile: `${bomb}\nall:\n\t$(V0)\n` });
    expect(String(found['Makefile#all']).length).toBeLessThan(20_000_000);
  });
});
