import type { Handler } from '#policy/command/handler.ts';
import { deeper, textAt } from '#policy/command/handler.ts';

/** Where a word holds a text that its program hands to a shell, among other things. */
interface PartSpec {
  /** The text is the first group of each match. */
  readonly part: RegExp;
  /** Only in the value of such an option, glued or not. */
  readonly option?: RegExp;
}

/** Events of MSBuild in a list of properties. */
const buildEvents: PartSpec = { part: /(?:^|[:;])(?:pre|post)\w*event=([^;]*)/gi };
/** Methods of the plugin `eval`. */
const methods: PartSpec = {
  part: /^(?:[a-z]+_[a-z_]+|open|close|config|cache|extents|flush|pread|preconnect|pwrite|trim|unload|zero)=(.*)/gs,
};
/** `pdf,doc:TEXT,txt:TEXT` */
const filters: PartSpec = { option: /^--filter$/, part: /[^:]*:([^,]*)/g };
/** The interpreter of a worker of pytest-xdist. */
const workers: PartSpec = { part: /\/\/python=(.*?)(?=\/\/|$)/gs };

const parts: Readonly<Record<string, PartSpec>> = {
  nbdkit: methods,
  dotnet: buildEvents,
  msbuild: buildEvents,
  xbuild: buildEvents,
  ugrep: filters,
  ug: filters,
  pytest: workers,
  'py.test': workers,
  lf: { part: /(?:^|\s):?[$!&%]+\{*\s*(.*)/gs },
};

/** Reads `open=TEXT` of `nbdkit eval`, `-p:PreBuildEvent=TEXT` of dotnet and the like. */
export const readParts: Handler = ({ program, words, context }, analyst) => {
  const spec = Object.hasOwn(parts, program) ? parts[program] : undefined;
  if (!spec) return;
  for (const [index, word] of words.entries()) {
    const [, name = textAt(words, index - 1), glued] = /^(--\w+)=([^]*)/.exec(word.text) ?? [];
    if (spec.option && !spec.option.test(name)) continue;
    for (const [, text = ''] of ((spec.option && glued) ?? word.text).matchAll(spec.part)) {
      const found = { ...word, text };
      if (word.kind === 'literal') analyst.guess(found, deeper(context));
      else analyst.shellText(found, deeper(context));
    }
  }
};
