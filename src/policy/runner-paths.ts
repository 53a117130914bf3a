import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { words } from '#policy/built-in-rule.ts';

/** Files that are about nothing but which tests run, how, and what they must reach. */
export const runnerRule: BuiltInRule = {
  name: 'test-set-up',
  why: 'it executes when the tests load',
  globs: words(`
    .mocharc* mocha.opts .nycrc* .c8rc* .taprc* cypress.json jasmine.json .jasmine.json spec/support/jasmine.* jest.json .jestrc*
    testem.js* testem.y*ml .testcaferc* nightwatch.json wallaby.js .vscode-test.*
    conftest.py pytest.ini .pytest.ini pytest.toml .pytest.toml tox.ini tox.toml noxfile.py .coveragerc
    nose2.cfg unittest.cfg .noserc behave.ini .behaverc features/environment.py
    .rspec* .simplecov .autotest cucumber.y*ml features/support/env.*
    phpunit.xml* codeception*.y*ml behat.y*ml* phpspec.y*ml* .phpspec.y*ml infection.json*
    *.runsettings xunit.runner.json *.xunit.runner.json
    junit-platform.properties META-INF/services/org.junit.* META-INF/services/org.testng.* testng.xml
    nextest.toml .nextest.toml dart_test.yaml *.xctestplan tests.edn .hspec .proverc .busted
  `),
};

/** Modules that Python looks for in the folder it is started in, or that of the test, before those that were installed. */
const PYTHON = words(`
  pytest _pytest pluggy iniconfig unittest pytest_asyncio pytest_benchmark pytest_cov pytest_django pytest_forked pytest_html
  pytest_metadata pytest_mock pytest_randomly pytest_rerunfailures pytest_subtests pytest_timeout
`);

/** The same, with names that are ordinary deeper in: other libraries of tests, and what runners import of Python's own. */
const PYTHON_AT_ROOT = words(`
  behave coverage doctest hamcrest hypothesis mock nose nose2 nox packaging robot tox xdist
  argparse ast asyncio bdb collections contextlib copy dataclasses datetime decimal difflib enum fnmatch fractions functools
  getpass glob hashlib importlib inspect io itertools json keyword linecache locale logging math numbers operator optparse os
  pathlib pdb pickle platform pprint queue random re reprlib runpy select selectors shlex shutil signal site socket string struct
  subprocess sys sysconfig tempfile textwrap threading time token tokenize tomllib traceback types typing urllib uuid warnings
  weakref xml zipfile zipimport
`);

/** Files that are loaded in place of a runner, or of a library of assertions, that was installed. */
export const shadowingRule: BuiltInRule = {
  name: 'shadowing-module',
  why: 'tests load it before, or in place of, what they are run with',
  globs: [
    ...PYTHON.flatMap((name) => [`${name}.py`, `${name}/__init__.py`]),
    ...PYTHON_AT_ROOT.flatMap((name) => [`/${name}.py`, `/${name}/__init__.py`]),
    ...words('_pytest/** sitecustomize.py usercustomize.py *.pth *.egg-link *.egg-info/** *.dist-info/**'),
    ...words(`
      minitest.rb minitest/autorun.rb minitest/test.rb minitest/spec.rb minitest/unit.rb minitest/mock.rb minitest/assertions.rb
      minitest/*_plugin.rb test/unit.rb test/unit/assertions.rb test/unit/autorunner.rb test/unit/testcase.rb
      rspec.rb rspec/autorun.rb rspec/core.rb rspec/core/** rspec/expectations.rb rspec/expectations/** rspec/mocks.rb
      rspec/mocks/** bundler.rb bundler/setup.rb rake.rb rubygems.rb
      Test/More.pm Test/Simple.pm Test/Builder.pm Test2/**
      org/junit/** junit/framework/** org/testng/** org/hamcrest/** org/assertj/** org/mockito/** org/spockframework/**
      org/scalatest/** io/kotest/** kotlin/test/**
    `),
  ],
};
