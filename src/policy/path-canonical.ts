import { hasIgnorable } from '#policy/path-fold.ts';

/** Characters of a path; Linux allows 4,096 bytes. */
const MAX_PATH_LENGTH = 4_096;

/** The categories Cc, Zl and Zp of Unicode. */
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
const SHORT_NAME = /~\d/;

/** Why a path is not in the one spelling that is accepted; undefined when it is. Paths are never repaired. */
export function canonicalProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.length > MAX_PATH_LENGTH) return `is longer than ${MAX_PATH_LENGTH} characters`;
  if (path.startsWith('/')) return 'is absolute';
  if (path.startsWith('~')) return 'starts with a tilde';
  if (CONTROL.test(path)) return 'has a control character';
  if (path.includes('\\')) return 'has a backslash';
  if (path.includes(':')) return 'has a colon';
  if (!path.isWellFormed() || path.includes('\ufffd')) return 'is not valid UTF-8';
  if (hasIgnorable(path)) return 'has an invisible character';
  if (path !== path.normalize('NFC')) return 'is not in Unicode form NFC';
  return path
    .split('/')
    .map(componentProblem)
    .find((problem) => problem !== undefined);
}

function componentProblem(component: string): string | undefined {
  if (component === '') return 'has an empty component';
  if (component === '.' || component === '..') return `has the component "${component}"`;
  if (component.endsWith('.')) return 'has a component that ends with a dot';
  if (component.endsWith(' ')) return 'has a component that ends with a space';
  if (SHORT_NAME.test(component)) return 'has a component like a short 8.3 name';
  return undefined;
}
