import type { Analyst } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, textAt } from '#policy/command/handler.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { checkInstalled, checkPackages, installers, pythonPackages } from '#policy/command/package-specs.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import { literal } from '#policy/command/words.ts';
import type { WrapperSpec } from '#policy/command/wrapper.ts';
import { createWrapper } from '#policy/command/wrapper.ts';

/** `uv run TOOL`, `uvx TOOL`, `pipx run TOOL`: a tool of a package, or Python itself for a file of it. */
const createPythonRunner = (spec: WrapperSpec): Handler => {
  const run = createWrapper(spec);
  const table = optionTable(spec.values, spec.flags);
  return (call, analyst) => {
    const { words } = call;
    const from = spec.verbs ? words.findIndex(({ text }) => spec.verbs?.includes(text)) + 1 : 0;
    run(call, analyst);
    if (spec.verbs && from === 0) return installPython(call, analyst);
    const { starts } = positionals(words, { table, from });
    checkPackages(call, analyst, { starts, ...pythonPackages });
    for (const start of starts)
      if (/^-$|\.pyw?$/.test(textAt(words, start))) runAs('python', { ...call, words: words.slice(start) }, analyst);
  };
};

/** `pip install`, `uv pip install`, `uv add`, `pipx install`. */
const installPython: Handler = ({ words, context }, analyst) => {
  const verb = words.findIndex(({ text }) => /^(?:install|add|download|wheel)$/.test(text));
  if (verb >= 0) checkInstalled({ words: words.slice(verb + 1), context }, analyst, installers.python);
};

const versionTable = optionTable('', '--silent --lts --no-progress');

/** `nvm run VERSION SCRIPT` and `nvm exec VERSION COMMAND`; the version may be left out. */
const createVersionManager =
  (verbs: { readonly node: RegExp; readonly any: RegExp }): Handler =>
  (call, analyst) => {
    const verb = call.words.findIndex(({ text }) => verbs.node.test(text) || verbs.any.test(text));
    if (verb < 0) return unknownProgram(call, analyst);
    const isNode = verbs.node.test(textAt(call.words, verb));
    const rest = call.words.slice(verb + 1);
    const { starts } = positionals(rest, { table: versionTable });
    for (const from of new Set([0, ...starts, ...starts.map((start) => start + 1)])) {
      const words = rest.slice(from);
      if (isNode) runAs('node', { ...call, words }, analyst);
      else analyst.argv(words, deeper(call.context));
    }
  };

function runAs(program: string, { words, head, context }: Call, analyst: Analyst): void {
  analyst.argv([literal(program, head.at), ...words], deeper(context));
}

const uvFlags =
  '-q --quiet -v --verbose --frozen --locked --isolated --active --exact --offline --all-extras --all-groups --all-packages --dev --only-dev';
const uvValues =
  '--with --python -p --extra --group --project --directory --env-file --index-url --index --default-index';

/** Programs that choose a version of a language, or fetch a tool written in it, and run that. */
export const languageRunnerHandlers: readonly (readonly [string, Handler])[] = [
  [
    'uv',
    createPythonRunner({
      verbs: ['run'],
      values: `${uvValues} --from --with-editable --with-requirements`,
      flags: uvFlags,
    }),
  ],
  ['uvx', createPythonRunner({ values: `${uvValues} --from`, flags: uvFlags })],
  ['pipx', createPythonRunner({ verbs: ['run'], values: '--spec --python --index-url --pip-args --with' })],
  ['pip', installPython],
  ['nvm', createVersionManager({ node: /^run$/, any: /^exec$/ })],
  ['n', createVersionManager({ node: /^(?:run|use|as)$/, any: /^(?:exec|x)$/ })],
];
