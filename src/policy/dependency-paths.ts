import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { words } from '#policy/built-in-rule.ts';

/** Where package managers install, and what tells a program where that is: git ignores it, so that nobody reviews it. */
const INSTALLED = words(`
  node_modules/** .yarn/cache/** .yarn/unplugged/** .yarn/*-state.* .pnpm-store/**
  .venv/** venv/bin/** venv/include/** venv/lib/** venv/lib64/** venv/scripts/** pyvenv.cfg site-packages/** dist-packages/**
  __pypackages__/** .tox/** .nox/** .eggs/** .direnv/**
  .gradle/** .m2/** .dart_tool/** .stack-work/** .nuget/packages/**
`);

/** Tests of package managers and compilers keep such folders as their data. */
const AS_DATA = words('fixtures/** __fixtures__/** testdata/**');

/** What was prepared from the lockfile is what tests have to run with. */
export const installedRule: BuiltInRule = {
  name: 'installed-dependency',
  why: 'package managers install it from the lockfile',
  globs: INSTALLED,
  except: AS_DATA,
};

/** Dependencies that repositories do commit, or change by a file of their own. */
export const vendoredRule: BuiltInRule = {
  name: 'vendored-dependency',
  why: 'it takes the place of a dependency',
  globs: [
    ...INSTALLED,
    // Deeper in, `vendor` may as well be whoever sells something; packages lie two folders below.
    ...words('/vendor/ vendor/*/*/** vendor/modules.txt vendor/autoload.php'),
    ...words('Godeps/** Pods/** Carthage/** bower_components/** jspm_packages/** web_modules/**'),
    ...words('.yarn/patches/** patches/*.patch /__mocks__/'),
  ],
};
