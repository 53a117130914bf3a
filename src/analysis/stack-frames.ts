import type { StackFrame } from './frame-readers.ts';
import { readTrace } from './stack-trace.ts';

/** Reads all frames of a trace: the innermost cause first, its innermost frame first. */
export function parseStackFrames(text: string): readonly StackFrame[] {
  const { cause, others } = readTrace(text);
  return [...(cause?.frames ?? []), ...others.flatMap(({ frames }) => frames)];
}

/** Frames of the project itself, innermost first, at most `limit`. */
export function inProjectFrames(text: string, limit = 5): readonly StackFrame[] {
  return parseStackFrames(text)
    .filter(({ inProject }) => inProject)
    .slice(0, limit);
}
