#!/usr/bin/env node
'use strict';

// Plain JavaScript that even old versions parse, so that they can say what is missing; a script, which starts faster than a module.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`fixgate needs Node.js 22.15 or newer; this is ${process.version}.`);
  process.exitCode = 3;
} else {
  const [module, os, path] = ['module', 'os', 'path'].map((name) => process.getBuiltinModule(`node:${name}`));
  // Not in the shared folder for temporary files, where Node.js would keep it: whoever writes it chooses what runs.
  const cache = process.env.XDG_CACHE_HOME;
  const folder = cache && path.isAbsolute(cache) ? cache : path.join(os.homedir(), '.cache');
  module.enableCompileCache(path.join(folder, 'fixgate'));
  void require('../dist/main.cjs');
}
