import { describe, expect, it } from 'vitest';

import { rules, running } from '../samples.ts';

describe('what executes a blocked command is refused', () => {
  it.each<[string, readonly string[]]>([
    ['words that find does not fill in', ['find . -exec kubectl "$(echo apply)" {} +', 'find . -exec npm "$X" \\;']],
    ['scripts on PATH', ['bash docker push a', 'sh -e kubectl apply', 'source npm publish', '. /usr/bin/npm publish']],
    [
      'variables of loops',
      [
        'for v in apply; do kubectl "$v"; done',
        'for f in *.js; do node "$f"; done',
        'for f in a.js -e; do node "$f"; done',
        'for f in a.js; do f=-e; node "$f" x; done',
        'for f in a.js; do read -r f; node "$f"; done',
        'for f in $(ls); do node $f; done',
        'for f in a.js; do for f in -e; do node "$f" x; done; done',
        'for f in /dev/stdin; do sh "$f"; done',
        'for f in a.js; do "$f"; done',
        'for f in x.sh; do sh -c \'node "$f"\'; done',
        'for f in ./kubectl; do "$f" apply; done',
      ],
    ],
    ['options of ssh', ['ssh -o ProxyCommand="kubectl apply" host true', 'ssh -F ./config host true']],
    [
      'a program behind a file name',
      ['script /dev/null kubectl apply', 'flock ./l kubectl apply', 'flock ./l -c "npm pu"'],
    ],
    ['installables of nix', ['nix run nixpkgs#kubectl -- apply', 'nix shell x -c kubectl apply']],
    ['packages of other names', ['npx @changesets/cli publish', 'npx @lerna/cli@8 publish', 'tf apply', 'k apply']],
    ['programs of dependencies', ['yarn run npm publish', 'bun run npm publish', 'yarn run --silent npm publish']],
    ['further clients', ['deno publish', 'earthly --push +all', 'depot build --push .', 'pack build a --publish']],
    ['image builders', ['/kaniko/executor --destination r/a', 'executor --destination=r/a --context .']],
    ['look-alike verbs', ['kubectl аpply', 'docker рush a', 'npm publiѕh']],
    ['code of bun', ['bun -e "x()"', 'bun --eval=1', 'echo "x()" | bun -', 'bun --print "x()"']],
    ['code of perl modules', ["perl '-MPOSIX;system(1)' x.pl", 'perl -we 1', 'perl -0777ne 1 x', 'perl -pi -e 1 x']],
    [
      'scripts on open files',
      ['sed -f /dev/stdin x', 'sed -nf - x', 'awk -f /dev/fd/3 x', 'go run /dev/stdin', 'cmake -P /dev/stdin'],
    ],
    [
      'old options of tar',
      ['tar xIf sh a.tar', 'tar cfI a.tar sh b', 'tar -czf a.tar -I "sh x" b', 'tar -xIsh -f a.tar'],
    ],
    ['editors', ['vimdiff -c "!ls" a b', 'rvim +"py 1" a', 'nano -s "sh x" a', 'ex < <(echo)', 'printf x | ed']],
    [
      'calculators and clients',
      [
        'dc -e "!ls"',
        'dc <<< "!ls"',
        'psql -c "copy a to program \'sh\'"',
        'psql <<< "\\! ls"',
        'sqlite3 a <<< ".shell ls"',
      ],
    ],
    ['the history', ['fc -s', 'fc -e sh', 'set -o history; fc']],
    ['completion', ['compgen -C "ls"', "compgen -W '$(ls)'", 'compgen -F f']],
    ['evaluated variables', ["declare -n r='a[$(ls)]'; echo $r", 'declare -i n=m', 'local -n r=x', 'let n=m', 'let n']],
    ['another standard input', ['exec <<< "kubectl apply"; sh', 'exec < <(echo ls); sh', 'exec <<X\nls\nX']],
    ['another meaning of echo', ['echo() { printf "kubectl apply"; }; echo ls | sh']],
    [
      'what echo says to a shell',
      ['echo kubectl apply | sh', 'echo "npm publish" | bash -s', 'echo a kubectl apply | xargs -n1 $x'],
    ],
    [
      'package settings',
      ['npm --userconfig ./x test', 'npm test --globalconfig=./x', 'npx --shell=./x a', 'npm set-script t "ls"'],
    ],
    [
      'scripts that are written',
      ['npm pkg set scripts.test="kubectl apply"', 'yarn set version ./x.cjs', 'yarn plugin import ./p.js'],
    ],
    [
      'flags of the Java machine',
      ['MAVEN_OPTS=-javaagent:x mvn test', 'GRADLE_OPTS="-XX:OnError=sh" gradle test', 'JAVA_TOOL_OPTIONS=@x mvn test'],
    ],
    [
      'commands of git',
      [
        'git bisect run kubectl apply',
        'git rebase -x "npm publish" main',
        'git rebase --exec="docker push a" x',
        'git submodule foreach --recursive "kubectl apply"',
        'git submodule foreach docker push a',
      ],
    ],
    ['perl of parallel', ["parallel 'echo {= system(1) =}' ::: a | sh"]],
  ])('through %s', (_, commands) => {
    expect(commands.filter((command) => rules(running(command)).length === 0)).toEqual([]);
  });
});

describe('what only looks like it is allowed', () => {
  it.each<[string, readonly string[]]>([
    [
      'git with harmless commands',
      ['git bisect run npm test', 'git rebase -x "npm test" main', 'git submodule foreach "git status"'],
    ],
    [
      'modules and folders in options',
      ['ruby -Itest test/a_test.rb', 'ruby -rset a.rb', 'perl -MTest::More t/a.t', 'perl -Ilib t/e.t'],
    ],
    [
      'sizes of the Java machine',
      ['MAVEN_OPTS="-Xmx1g -XX:+UseG1GC" mvn test', 'GRADLE_OPTS=-Dorg.gradle.daemon=false gradle test'],
    ],
    [
      'braces that find leaves alone',
      ["find . -name '*.x' -exec sh -c '{ true; }' \\;", "find src -exec awk '{ print }' {} +"],
    ],
    ['options of a locked program', ['flock ./l grep -c "docker push" x', 'flock -n ./l npm test']],
    [
      'plain input',
      ['echo "select 1" | psql', 'echo 1 | sqlite3 a.db', 'psql < dump.sql', 'echo y | npm init', 'zcat a.gz | psql'],
    ],
    [
      'package settings that are read',
      ['npm pkg get scripts', 'npm pkg set version=1.0.0', 'npm config get prefix', 'yarn set version stable'],
    ],
    ['scripts of managers', ['yarn run test', 'bun run build', 'bun test', 'bun x.ts', 'yarn run lint docker push']],
    [
      'loops over files',
      [
        'for f in test/*.js; do node --test "$f" || exit 1; done',
        'for f in a.py b.py; do python3 "${f}"; done',
        'for f in ./t/*.sh; do bash "$f"; echo "$f"; done',
      ],
    ],
    ['ssh settings', ['ssh -o StrictHostKeyChecking=yes host uptime', 'ssh -p 22 host ls']],
    ['archives', ['tar xzf a.tgz', 'tar -czf a.tgz -C build .', 'tar cf a.tar Files', 'tar tvf a.tar']],
    ['echo to programs', ['echo kubectl apply | tee a', 'echo npm test | sh', 'echo docker push | grep -q push']],
    ['the history that is listed', ['fc -l', 'fc -ln -1', 'history 5']],
  ])('%s', (_, commands) => {
    expect(commands.filter((command) => rules(running(command)).length > 0)).toEqual([]);
  });
});
