import { textAt } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { contentsOfGit } from '#policy/host-git-contents.ts';
import { verbAt } from '#policy/host-git.ts';
import { talks } from '#policy/host-names.ts';
import type { ReadCall } from '#policy/host-words.ts';

/** Programs that only look; with nothing else in it a command changes nothing. */
export const LOOKS: ReadonlySet<string> = new Set(
  (
    'cat tac head tail less more wc ls dir tree stat file realpath readlink basename dirname pwd cd echo printf grep egrep fgrep rg ag ack cut ' +
    'uniq diff cmp nl true false test [ jq which type date whoami id uname fixgate'
  ).split(' '),
);

const GIT_LOOKS =
  /^(?:status|log|diff|show|blame|grep|ls-files|ls-tree|rev-parse|describe|shortlog|cat-file|merge-base)$/;

/** Whether a call only looks, whatever its words are. */
export function onlyLooks({ program, args }: Pick<ReadCall, 'program' | 'args'>): boolean {
  return program === 'git' ? GIT_LOOKS.test(textAt(args, 1)) : LOOKS.has(program);
}

/** Programs that show what files are called, how large they are and the like, and never what is in them. */
const LISTS = /^(?:ls|dir|stat|du|realpath|readlink|basename|dirname|test|\[|g?find|tree)$/;
/** Their options that read a file all the same. */
const READS_LIST = /^--?(?:files0|from|exclude-from|info|gitfile)|^-X/;

/** Whether a call shows names alone; of git the verbs that do so, as long as they show no content. */
export function onlyLists(call: ReadCall): boolean {
  const { program, args } = call;
  if (program === 'rg') return args.some(({ text }) => text === '--files');
  if (program !== 'git') return LISTS.test(program) && !args.some(({ text }) => READS_LIST.test(text));
  return GIT_LISTS.test(verbOf(call)) && contentsOfGit(call).length === 0;
}

const GIT_LISTS = /^(?:status|ls-files|ls-tree|log|diff|show|whatchanged|rev-parse)$/;

/** These are given files to read, or commands whose own words are judged: an option with a file in its own word may still write it. */
const READS: ReadonlySet<string> = new Set(
  (
    'fixgate env sudo doas nohup setsid timeout time nice ionice stdbuf xargs exec command builtin eval source . watch parallel ' +
    'sh bash dash zsh ksh fish export local declare readonly unset set read return exit wait kill sleep seq hash pushd popd ' +
    'npx npm pnpm pnpx yarn bun bunx corepack node deno tsx ts-node python pip pipx uv uvx poetry pdm hatch tox nox pytest ' +
    'ruby bundle rake rspec rails php composer phpunit perl java mvn mvnw gradle gradlew ant sbt go cargo rustc dotnet swift mix elixir ' +
    'make gmake cmake ninja just task bazel turbo nx lerna vitest jest mocha ava tap playwright cypress karma c8 nyc ' +
    'eslint oxlint biome prettier oxfmt gofmt clang-format rubocop tsc vue-tsc ruff black flake8 mypy pyright pylint isort golangci-lint staticcheck ' +
    'shellcheck shfmt hadolint yamllint actionlint markdownlint stylelint ansible-lint tflint tfsec checkov trivy kubeconform kubeval kube-linter conftest opa ' +
    'dotenv-linter semgrep gitleaks knip publint webpack vite rollup esbuild swc babel tsup next nuxt lockfile-lint dockerfilelint dockerlint ' +
    'docker podman nerdctl docker-compose buildah kubectl oc helm kustomize skaffold terraform tofu terragrunt aws gcloud az gh glab hub ansible ansible-playbook ' +
    'bat batcat yq gron xmllint md5sum sha1sum sha224sum sha256sum sha384sum sha512sum shasum b2sum cksum sum base64 base32 od hexdump strings fold fmt pr comm ' +
    'join paste column rev tsort expand unexpand wdiff colordiff delta zcat zgrep zless bzcat xzcat du df tokei cloc scc fzf expr tr getfacl lsattr gpg open code less tree'
  ).split(' '),
);
/** Of the programs that only look, these can write as well. */
const MAY_WRITE = /^(?:less|tree)$/;

const GIT_TOLD =
  /^(?:add|am|annotate|apply|bisect|blame|branch|check-attr|check-ignore|checkout|cherry|cherry-pick|clean|clone|commit|config|describe|diff|diff-files|diff-index|diff-tree|fetch|grep|hash-object|init|log|ls-files|ls-remote|ls-tree|cat-file|merge|merge-base|mv|notes|pull|push|range-diff|rebase|reflog|remote|reset|restore|rev-list|rev-parse|revert|rm|shortlog|show|show-ref|sparse-checkout|stash|status|submodule|switch|symbolic-ref|tag|whatchanged|worktree)$/;

/** Verbs by which a program that mostly reads files writes one that it is given. */
const LANDS =
  /^(?:cp|sync|mv|download|export|save|convert|(?:-[a-zA-Z]*m)?(?:zipfile|tarfile|gzip|compileall|cProfile|profile|trace|pickle))$/;
/** Options whose glued value is read. */
const READS_VALUE =
  /^(?:-[cfpFdT](?!.*=)|--?(?:c|f|p|config|config-file|configuration|file|files|project|tsconfig|env-file|rootdir|root|require|import|loader|path|paths|testpath[a-z-]*|manifest-path|values|var-file|rcfile|rc|settings|cwd|dir|directory|include|exclude|ignore[a-z-]*|filename|input|from[a-z-]*|package-lock|lockfile|schema|rules?|filter|grep|testnamepattern|dockerfile)=)/i;

/** Options whose value, in a word of its own, may be written. */
const WRITES_NEXT =
  /^--?[\w-]*(?:out|report|prof|log|dest|save|write|xml|trace|record|dump|idfile|metadata|sarif|export|backup)[\w-]*$/i;

/** The verb of a call of git. */
function verbOf({ args }: ReadCall): string {
  return textAt(args, verbAt(args.map(({ text }) => text)));
}

/** How far the words of a call tell what it writes: its table knows all of it, options glued to a file may write it, or any word may. */
export function doubtfulWords(call: ReadCall, isTold: boolean): readonly Arg[] {
  const { program, args } = call;
  const words = args.slice(1);
  if (program === 'git') return GIT_TOLD.test(verbOf(call)) ? [] : words;
  if (LOOKS.has(program) && !MAY_WRITE.test(program)) return [];
  if (!READS.has(program)) return isTold || talks(program) ? [] : words;
  if (words.some(({ text }) => LANDS.test(text))) return words;
  // Its first word is read, its second written.
  const tool = words.findIndex(({ text }) => /^(?:-[a-zA-Z]*m)?json\.tool$/.test(text));
  if (tool >= 0) return words.slice(tool + 2);
  return words.filter(
    ({ text }, index) =>
      WRITES_NEXT.test(textAt(words, index - 1)) || (/^-[a-zA-Z].|^--[a-z].*=/.test(text) && !READS_VALUE.test(text)),
  );
}
