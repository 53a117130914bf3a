import { FixgateError } from '#domain/errors.ts';

import type { Automaton, Part } from './automaton.ts';
import { createAutomaton, inSequence } from './automaton.ts';

/** Characters of a pattern that a caller may send. */
const MAX_PATTERN_CHARS = 256;
/** States after `{m,n}` is written out. */
const MAX_STATES = 2_000;

/**
 * Compiles an anchored regular expression that an agent wrote. It is run as an automaton, without backtracking,
 * so that no pattern can stall the server; look-around, back-references and lazy quantifiers are not understood.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_CHARS) throw refused(pattern, `it is longer than ${MAX_PATTERN_CHARS} characters`);
  const automaton = createAutomaton(MAX_STATES, () => refused(pattern, 'its repetitions are too large'));
  const reader: Reader = { pattern, automaton, position: 0 };
  const whole = readAlternatives(reader);
  if (reader.position < pattern.length) throw refused(pattern, 'a parenthesis is not opened');
  return automaton.finish(whole);
}

interface Reader {
  readonly pattern: string;
  readonly automaton: Automaton;
  position: number;
}

function readAlternatives(reader: Reader): Part {
  let whole = readBranch(reader);
  while (reader.pattern[reader.position] === '|') {
    reader.position++;
    whole = reader.automaton.either(whole, readBranch(reader));
  }
  return whole;
}

function readBranch(reader: Reader): Part {
  let whole = reader.automaton.empty();
  while (!['|', ')', undefined].includes(reader.pattern[reader.position]))
    whole = inSequence(whole, readQuantified(reader));
  return whole;
}

interface Bounds {
  readonly least: number;
  readonly most: number | undefined;
}

function readQuantified(reader: Reader): Part {
  const from = reader.position;
  const part = readAtom(reader);
  const match = /^(?:[*+?]|\{(\d{1,3})(,(\d{1,3})?)?\})/.exec(reader.pattern.slice(reader.position));
  if (match === null) return part;
  const after = reader.position + match[0].length;
  const again = () => {
    reader.position = from;
    return readAtom(reader);
  };
  const whole = repeat(reader.automaton, [part, again], toBounds(match));
  reader.position = after;
  if (/^[*+?]|^\{\d/.test(reader.pattern.slice(after))) throw refused(reader.pattern, 'one quantifier follows another');
  return whole;
}

/** Writes `{m,n}` out: m times the part, then optional ones; each further copy is read anew from the pattern. */
function repeat(automaton: Automaton, [first, again]: readonly [Part, () => Part], { least, most }: Bounds): Part {
  let fresh: Part | undefined = first;
  const next = () => {
    const part = fresh ?? again();
    fresh = undefined;
    return part;
  };
  let whole = automaton.empty();
  for (let n = 0; n < least; n++) whole = inSequence(whole, next());
  if (most === undefined) return inSequence(whole, automaton.repeated(next()));
  for (let n = least; n < most; n++) whole = inSequence(whole, automaton.either(next(), automaton.empty()));
  return whole;
}

function toBounds([text, least, comma, most]: RegExpExecArray): Bounds {
  if (text === '*') return { least: 0, most: undefined };
  if (text === '+') return { least: 1, most: undefined };
  if (text === '?') return { least: 0, most: 1 };
  const from = Number(least);
  return { least: from, most: comma === undefined ? from : most === undefined ? undefined : Number(most) };
}

function readAtom(reader: Reader): Part {
  const { pattern, position, automaton } = reader;
  if (pattern[position] === '(') return readGroup(reader);
  const source = /^(?:\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|.)/su.exec(pattern.slice(position))?.[0] ?? '';
  if (source === '' || /^(?:[*+?{[]|\\[1-9kbB])$/.test(source))
    throw refused(pattern, `${source || 'its end'} is unexpected`);
  reader.position += source.length;
  return automaton.char(toTest(pattern, source));
}

function readGroup(reader: Reader): Part {
  const { pattern } = reader;
  reader.position += pattern.startsWith('(?:', reader.position) ? 3 : 1;
  if (pattern[reader.position] === '?') throw refused(pattern, 'look-around and named groups are not understood');
  const inner = readAlternatives(reader);
  if (pattern[reader.position] !== ')') throw refused(pattern, 'a parenthesis is not closed');
  reader.position++;
  return inner;
}

/** A test for one character, given as a class, an escape or a literal. */
function toTest(pattern: string, source: string): (char: string) => boolean {
  if (source === '.') return () => true;
  if (source === '^' || source === '$') throw refused(pattern, 'it is anchored at both ends already');
  if (!/^[[\\]/.test(source)) return (char) => char === source;
  try {
    const one = new RegExp(`^${source}$`, 'su');
    return (char) => one.test(char);
  } catch {
    throw refused(pattern, `${source} is no character class`);
  }
}

function refused(pattern: string, why: string): FixgateError {
  return new FixgateError(
    'invalid_input',
    `The label pattern ${JSON.stringify(pattern.slice(0, 200))} is not understood: ${why}.`,
    {
      fix: 'Use literals, . [a-z] \\d \\w, groups, | and the quantifiers ? * + {m,n}; patterns match whole values.',
    },
  );
}
