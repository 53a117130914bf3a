/** Programs that never execute their arguments: to them a command is mere text. */
export const inertPrograms: readonly string[] = (
  ': true false echo print say cat tac head tail more less wc ls dir tree stat file realpath readlink basename dirname pwd cd pushd popd dirs ' +
  'grep egrep fgrep zgrep ack ag comm cut paste join tr fold fmt nl rev expand column uniq shuf seq diff colordiff cmp patch tee cp mv rm rmdir mkdir touch ' +
  'ln chmod chown chgrp install truncate mktemp df du date cal sleep usleep yes whoami id groups who uname hostname uptime nproc free ps top pgrep kill pkill ' +
  'killall fg bg disown exit return break continue shift unalias umask ulimit type which whereis whence apropos whatis help info tldr ' +
  'md5sum sha1sum sha256sum sha512sum cksum base64 xxd od hexdump strings iconv gzip gunzip zcat bzip2 xz zstd jq yq xmllint curl wget http https xh ping dig host nslookup ' +
  'fixgate logger notify-send wall write figlet cowsay pbcopy xclip bc dc expr factor numfmt history times caller suspend logout printenv ' +
  'glab jest vitest mocha ava tap playwright cypress pytest py.test unittest eslint prettier tsc stylelint biome oxlint oxfmt rubocop flake8 mypy ruff black ' +
  'gradle gradlew mvn mvnw sbt ant buck ninja rustc gcc cc clang javac dotnet composer phpunit rspec rake pip pip3 gem helm ' +
  'terraform tofu skopeo crane oras semgrep ast-grep rimraf mkdirp cpx del-cli shx esbuild webpack vite next nuxt turbo lint-staged commitlint codecov shellcheck shfmt yamllint hadolint wl-copy'
).split(' ');
