#!/usr/bin/env node
// Plain JavaScript that even old versions parse, so that they can say what is missing.
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`fixgate needs Node.js 22.15 or newer; this is ${process.version}.`);
  process.exitCode = 3;
} else {
  module.enableCompileCache?.();
  await import('../dist/fixgate.js');
}
