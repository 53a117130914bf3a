import type { TestName } from '#domain/test-comparison.ts';

import { gradleFilters, gradleTask } from './jvm-modules.ts';
import { MAX_NAME, NAME_SEPARATOR } from './reports/report.ts';
import type { RunnerRules } from './runner-rules.ts';
import type { AddedArguments } from './runners.ts';
import { asArgument } from './words.ts';

/**
 * Arguments that run exactly these tests, named as this runner's report names them; undefined when the runner cannot be told, or a name
 * could be read as something else. A test may bring others along: the subtests of a test, the cases of a method.
 */
export function exactTests(rules: RunnerRules, tests: readonly TestName[], cwd = '.'): AddedArguments | undefined {
  const files = [...new Set(tests.flatMap(({ file }) => (file === undefined ? [] : [asArgument(file, cwd)])))];
  const placed = tests.every(({ file }) => file !== undefined) ? (rules.files?.(files) ?? []) : [];
  const names = { tests, placed, cwd };
  switch (rules.name) {
    case 'node':
    case 'vitest':
    case 'jest':
    case 'mocha':
    case 'bun':
      return { options: rules.namePattern?.(`(?:^|\\s)(?:${patternOf(tests)})`) ?? [], files: placed };
    case 'rspec':
      return { options: [`--example-matches=\\A(?:${patternOf(tests)})`], files: placed };
    case 'ava':
      return {
        options: tests.map(({ test }) => `--match=*${lastPart(test).replace(/[\\*]/g, '\\$&')}`),
        files: placed,
      };
    case 'deno':
      return { options: [`--filter=/^(?:${patternOf(tests.map(outermostStep))})/`], files: placed };
    case 'pytest':
      return exactNodes(names);
    case 'go':
      return exactGo(tests);
    case 'cargo':
      return exactRust(tests, (found) => ({ options: [], files: [], passed: ['--exact', ...found] }));
    case 'nextest':
      return exactRust(tests, (found) => ({
        options: ['-E', found.map((name) => `test(=${name})`).join(' | ')],
        files: [],
      }));
    case 'maven':
      return exactMaven(tests);
    case 'gradle':
      return exactGradle(tests, cwd);
    case 'dotnet':
      return exactDotnet(tests);
    case 'phpunit':
      return { options: [`--filter=/^(?:${tests.map(phpName).join('|')})(?: \\(.*)?$/`], files: [] };
    default:
      return placed.length > 0 ? { options: [], files: placed } : undefined;
  }
}

/** Alternatives of whole names, groups and title one after the other; a name that was cut matches by its beginning. */
function patternOf(tests: readonly TestName[]): string {
  const names = tests.map(({ test }) => {
    const words = uncut(test).replaceAll(NAME_SEPARATOR, ' ').split(/\s+/);
    // Vitest 5 puts a mark between groups.
    return words.map(escapePattern).join('[\\s>]+') + (isCut(test) ? '' : '$');
  });
  return [...new Set(names)].join('|');
}

function isCut(test: string): boolean {
  return test.length >= MAX_NAME && test.endsWith('…');
}

function uncut(test: string): string {
  return isCut(test) ? test.slice(0, -1) : test;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function lastPart(test: string): string {
  return uncut(test).split(NAME_SEPARATOR).at(-1) ?? '';
}

/** A step of deno runs with its test. */
function outermostStep({ test, ...rest }: TestName): TestName {
  return { ...rest, test: test.split(' > ')[0] ?? test };
}

interface Names {
  readonly tests: readonly TestName[];
  readonly placed: readonly string[];
  readonly cwd: string;
}

/** pytest's own ids, as seen from the suite's folder. */
function exactNodes({ tests, cwd }: Names): AddedArguments | undefined {
  const ids = tests.map(({ test, file }) => {
    const [path = '', ...rest] = test.split('::');
    if (isCut(test) || file === undefined || !path.endsWith('.py')) return undefined;
    return [asArgument(file, cwd), ...rest].join('::');
  });
  const known = ids.flatMap((id) => id ?? []);
  return known.length === ids.length ? { options: [], files: [...new Set(known)] } : undefined;
}

function exactGo(tests: readonly TestName[]): AddedArguments | undefined {
  const split = tests.map(({ test }) => {
    const [packageName = '', name] = test.split(NAME_SEPARATOR);
    return { packageName, name };
  });
  const packages = [...new Set(split.map(({ packageName }) => packageName))];
  if (packages.some((name) => !/^[\w.~][\w.~/-]*$/.test(name)) || tests.some(({ test }) => isCut(test)))
    return undefined;
  const names = split.flatMap(({ name }) => name ?? []);
  // A package that did not build has no test to name.
  if (names.length < split.length) return { options: [], files: packages };
  const [first = ''] = names;
  const exact = (part: string) => `^${escapePattern(part)}$`;
  const tops = [...new Set(names.map((name) => escapePattern(name.split('/')[0] ?? '')))];
  const pattern = names.length === 1 ? first.split('/').map(exact).join('/') : `^(?:${tops.join('|')})$`;
  return { options: [`-run=${pattern}`], files: packages };
}

function exactRust(
  tests: readonly TestName[],
  toArguments: (names: readonly string[]) => AddedArguments,
): AddedArguments | undefined {
  const names = tests.map(({ test }) => lastPart(test));
  return names.every((name) => /^\w[\w:]*$/.test(name)) ? toArguments([...new Set(names)]) : undefined;
}

/** A class and its method; the class alone where a test has a name that is no method's. */
function javaName({ test }: TestName): { readonly className: string; readonly method: string | undefined } | undefined {
  const [className = '', title = ''] = test.split(NAME_SEPARATOR);
  if (!/^[\w$]+(?:\.[\w$]+)*$/.test(className) || isCut(test)) return undefined;
  return { className, method: /^([A-Za-z_$][\w$]*)(?:[([{].*)?$/.exec(title)?.[1] };
}

function exactMaven(tests: readonly TestName[]): AddedArguments | undefined {
  const found = tests.flatMap((test) => javaName(test) ?? []);
  if (found.length < tests.length) return undefined;
  const byClass = Map.groupBy(found, ({ className }) => className);
  const parts = [...byClass].map(([className, each]) => {
    const methods = [...new Set(each.map(({ method }) => method))];
    return methods.includes(undefined) ? className : `${className}#${methods.join('+')}`;
  });
  const none = ['-Dsurefire.failIfNoSpecifiedTests=false', '-DfailIfNoTests=false'];
  return { options: [`-Dtest=${parts.join(',')}`, ...none], files: [] };
}

/** By the test task of each module: a filter fails in every module where it finds nothing. */
function exactGradle(tests: readonly TestName[], cwd: string): AddedArguments | undefined {
  const known = tests.flatMap((each) => {
    const found = javaName(each);
    const task = each.file === undefined ? undefined : gradleTask(each.file, cwd);
    if (found === undefined || task === undefined) return [];
    return [{ task, name: found.method === undefined ? found.className : `${found.className}.${found.method}` }];
  });
  return known.length < tests.length ? undefined : { options: gradleFilters(known), files: [], drops: ['test'] };
}

/** By their methods: the values of a data-driven test are no part of its name. */
function exactDotnet(tests: readonly TestName[]): AddedArguments | undefined {
  const methods = tests.map(({ test }) => (isCut(test) ? undefined : /^([\w.+`]+)(?:\(.*\))?$/s.exec(test)?.[1]));
  if (methods.includes(undefined)) return undefined;
  const filters = [...new Set(methods)].map((method) => `FullyQualifiedName=${method}`);
  return { options: ['--filter', filters.join('|')], files: [] };
}

/** `Acme\PriceTest::testMany with data set "b"`, as PHPUnit compares names. */
function phpName({ test }: TestName): string {
  return escapePattern(uncut(test).replace(NAME_SEPARATOR, '::'));
}
