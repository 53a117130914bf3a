import { posix } from 'node:path';

import { toRepositoryPath } from './paths.ts';
import type { ReportContext } from './report.ts';

/** A frame of a Rust backtrace that is inside the folder where the program runs. */
const shortFrame = /^\s+at \.\/([^\s:]{1,400}\.rs)(:\d{1,7}:\d{1,7})$/;

/**
 * How the files of a trace are spelled below the suite's folder; undefined where that is not known. Rust names the place of a panic below
 * the workspace, but the files of its backtrace below the crate whose tests run.
 */
export function rustFiles(trace: string, context: ReportContext): (file: string, line: string) => string | undefined {
  const folder = crateFolder(trace, context);
  return (file, line) => {
    const short = shortFrame.exec(line)?.[1];
    if (short === undefined) return file;
    return folder === undefined ? undefined : `${folder}${short}`;
  };
}

/** Told by the frame that is the place of the panic, in a workspace by nothing else. */
function crateFolder(trace: string, context: ReportContext): string | undefined {
  const [, path = '', place] = /\bpanicked at ([^\s:]{1,400}\.rs)(:\d{1,7}:\d{1,7}):/.exec(trace) ?? [];
  const frames = trace.split('\n').map((line) => shortFrame.exec(line));
  if (frames.every((found) => found === null)) return '';
  const short = frames.find((found) => found?.[2] === place && `/${path}`.endsWith(`/${found?.[1]}`))?.[1];
  // Where the suite's folder is the crate's, the place of the panic is told from further up.
  if (short !== undefined) return toRepositoryPath(path, context) ? path.slice(0, path.length - short.length) : '';
  const manifest = context.read?.(posix.join(context.cwd, 'Cargo.toml')) ?? '';
  return /^\[workspace\]/m.test(manifest) ? undefined : '';
}
