import { describe, expect, it } from 'vitest';

import { exampleRun } from '#policy/examples.ts';
import { explain } from '#policy/explain.ts';

import { shipped } from '../samples.ts';
import { commandsOf, topics, verdictOf } from './command-lists.ts';

describe('under the shipped policy', () => {
  it('both kinds of lists are long enough to mean something', () => {
    expect(topics('attacks').flatMap(commandsOf).length).toBeGreaterThan(1_500);
    expect(topics('harmless').flatMap(commandsOf).length).toBeGreaterThan(1_500);
  });

  it.each(topics('attacks'))('every command of %s is denied [gate:commands:blocked]', (list) => {
    expect(commandsOf(list).filter((command) => verdictOf(command) !== 'deny')).toEqual([]);
  });

  it.each(topics('harmless'))('every command of %s is allowed [gate:commands:mention]', (list) => {
    expect(commandsOf(list).filter((command) => verdictOf(command) !== 'allow')).toEqual([]);
  });

  it.each([
    'mytool "$x" push app',
    'mytool "$x" image push app',
    'mytool "$x" compose push',
    'mytool "$x" manifest push app',
    'mytool "$x" buildx build --push .',
    'mytool "$x" build --push .',
    'mytool "$x" apply -f y',
    'mytool "$x" publish',
  ])('%s is denied by what stands behind the program, which is not known [gate:commands:blocked]', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });

  it.each([
    'kub\u0435ctl apply -f web.yaml',
    '\u043aubectl apply -f web.yaml',
    'kubectl \u0430pply -f web.yaml',
    'docker \u0440ush shop/api',
    '\uff4e\uff50\uff4d publish',
    'npm \uff50\uff55\uff42\uff4c\uff49\uff53\uff48',
    'npm\u200e publish',
    'npm\u200bpublish',
    'n\u00adpm publish',
    'terraform\ufeff apply',
    'npm\u00a0publish',
    'npm test\r\nnpm publish',
  ])('%j is denied, whatever it looks like [gate:commands:opaque]', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });
});

describe('entries of a policy', () => {
  const rulesFor = (entry: string, command: string) =>
    explain('command', exampleRun(command), { policy: { ...shipped, blocked_commands: [entry] } }).verdict;

  it.each([
    ['npm run', 'npm run-script deploy'],
    ['npm run', 'npm rum deploy'],
    ['npm run', 'npm urn deploy'],
    ['npm run-script', 'npm run deploy'],
    ['npm pu', 'npm publish'],
    ['npm pu', 'pnpm publish'],
    ['npm unpub', 'npm unpublish a'],
    ['npm i', 'npm install a'],
    ['npm install', 'npm add a'],
    ['npm test', 'npm t'],
    ['cargo publish', 'cargo +nightly publish'],
    ['twine upload', 'python -m twine upload dist/*'],
    ['twine upload', 'python3 -mtwine upload dist/a'],
    ['twine upload', 'python -m cProfile -m twine upload dist/a'],
    ['mvn deploy', './mvnw deploy'],
    ['mvn deploy', 'mvn -B clean deploy'],
    ['mvn deploy', 'mvn deploy:deploy'],
    ['mvn deploy', 'mvn org.apache.maven.plugins:maven-deploy-plugin:3.1.2:deploy'],
    ['gradle publish', './gradlew publish'],
    ['gradle publish', 'gradle :a:publish'],
    ['gradle publish', 'gradle clean pub'],
    ['./gradlew publish', 'gradle publish'],
    ['gcloud app deploy', 'gcloud beta app deploy'],
    ['gcloud app deploy', 'gcloud --project p alpha app deploy'],
    ['rm -rf /', 'rm --recursive --force /'],
    ['rm -rf /', 'rm -R --forc /'],
    ['rm -rf /', 'rm -rf -- a /'],
    ['rm -rf /', 'rm -rf *.log /'],
    ['rm -rf /', 'rm -rf /*'],
    ['rm -rf /', 'rm -rf "$x"'],
    ['rm -rf build', 'rm -rf *'],
    ['git push --force', 'git push -f'],
    ['gem push', 'gem pus a.gem'],
    ['gem push', 'bundle exec gem pu a.gem'],
    ['hg push', 'hg -R a pus'],
    ['nuget push', 'nuget pus a.nupkg'],
    ['composer update', 'composer upd'],
    ['kubectl delete', 'oc delete pod a'],
    ['kubectl delete', 'microk8s.kubectl delete pod a'],
    ['kubectl delete', 'k3s kubectl delete pod a'],
    ['kubectl delete', 'k0s kubectl -n b delete pod a'],
    ['kubectl delete', 'microk8s kubectl delete pod a'],
    ['kubectl delete', 'minikube kubectl -- delete pod a'],
    ['kubectl delete', 'rancher kubectl delete pod a'],
    ['kubectl delete', 'k3d kubectl delete pod a'],
    ['kubectl delete', 'tsh kubectl delete pod a'],
    ['kubectl rollout undo', 'oc rollout undo deployment/a'],
    ['docker rm', 'podman rm a'],
    ['docker rm', 'nerdctl rm a'],
    ['docker rm', 'finch rm a'],
    ['npm install', 'pnpm install'],
    ['npm install', 'yarn install'],
    ['npm install', 'bun install'],
    ['terraform import', 'tofu import a b'],
    ['terraform import', 'terragrunt import a b'],
    ['  npm   publish  ', 'npm publish'],
    ['cargo t', 'cargo t'],
    ['docker', 'docker ps'],
    ['git push --force', 'git push --force=a'],
    ['git push --force', 'git push -uf'],
    ['git push --force', 'git push --forc'],
    ['git push -f', 'git push --force'],
    ['git push -fu', 'git push -u -f'],
    ['git push -fu', 'git push -fu'],
    ['git push -fu', 'git push -ufv'],
    ['rm -rf /', 'rm -rf=a /'],
    ['ls -la', 'ls -al'],
    ['ls -la', 'ls -l -a'],
    ['ls -l', 'ls -l'],
    ['ls -l', 'ls -al'],
    ['ls -l', 'ls -l=a'],
    ['ls --all', 'ls --all'],
    ['ls --all', 'ls --all=a'],
    ['npm publish', 'npm --tag=$x'],
    ['npm publish', 'npm "$x"'],
    ['npm publish', 'npm "pub$x"'],
    ['npm publish', 'npm --unknown $x'],
    ['npm publish', 'npm -w $x test'],
    ['npm publish', 'npm -- publish'],
    ['npm publish', 'npm -- -a publish'],
    ['kubectl apply', 'kubectl --help -- apply'],
    ['kubectl apply', 'kubectl apply -f --help'],
    ['kubectl apply', 'kubectl apply a --help'],
    ['kubectl apply', 'kubectl -n --help apply'],
    ['kubectl apply', 'kubectl apply --help "$x"'],
    ['kubectl apply', 'kubectl "$x" --help'],
    ['mvn deploy', 'mvn a:deploy'],
    ['gradle publish', 'gradle publ'],
    ['make deploy', 'make deploy --help'],
    ['npm publish', 'npm --help "$x"'],
    ['kubectl apply', 'kubectl apply --help -f a'],
    ['mvn deploy', 'mvn deploy:deploy-file'],
    ['npm query', 'npm q a'],
    ['goreleaser', 'goreleaser'],
    ['goreleaser', 'goreleaser release'],
  ])('%j also means %j', (entry, command) => {
    expect(rulesFor(entry, command)).toBe('deny');
  });

  it.each([
    ['npm run', 'npm root'],
    ['npm publish', 'npm prune'],
    ['npm unpublish', 'npm publish'],
    ['npm in', 'npm info a'],
    ['cargo publish', 'cargo +nightly package'],
    ['twine upload', 'python -m twine check dist/*'],
    ['mvn deploy', './mvnw verify'],
    ['mvn deploy', 'mvn -pl deploy test'],
    ['gradle publish', 'gradle build -x publish'],
    ['gradle publish', 'gradle publishToMavenLocal'],
    ['gcloud app deploy', 'gcloud beta app describe'],
    ['rm -rf /', 'rm --recursive --force build'],
    ['rm -rf /', 'rm -rf *'],
    ['rm -rf /', 'rm -rf ./*'],
    ['rm -rf /srv', 'rm -rf *'],
    ['rm -rf /', 'rm --recursive /'],
    ['git push --force', 'git push --force-with-lease'],
    ['gem push', 'gem p a.gem'],
    ['gem push', 'gem pristine a'],
    ['hg push', 'hg pull'],
    ['cargo publish', 'cargo --locked pub'],
    ['helm upgrade', 'helm upgrad a b'],
    ['kubectl delete', 'skaffold delete'],
    ['kubectl delete', 'oc get pod a'],
    ['kubectl delete', 'k3s delete pod a'],
    ['docker rm', 'npm rm a'],
    ['docker rm -f', 'podman rm a'],
    ['docker rm -f', 'podman rm -f a'],
    ['npm install', 'docker install'],
    ['terraform import', 'npm import'],
    ['cargo t', 'cargo test'],
    ['docker', 'docker --help'],
    ['git push --force', 'git push --forces'],
    ['git push --force', 'git push -u'],
    ['git push --force', 'git push x-f'],
    ['git push -fu', 'git push -f'],
    ['git push -f', 'git push --follow-tags'],
    ['ls -la', 'ls -l'],
    ['ls -la', 'ls l a'],
    ['ls -l', 'ls --long'],
    ['ls -l', 'ls -a1l'],
    ['ls -l', 'ls a-l'],
    ['ls --all', 'ls -a'],
    ['ls --all', 'ls --al'],
    ['npm publish', 'npm "x$x"'],
    ['npm publish', 'npm --tag="$x"'],
    ['kubectl apply', 'kubectl -n apply --help'],
    ['kubectl apply', 'kubectl --help apply'],
    ['kubectl apply', 'kubectl -help'],
    ['kubectl apply', 'kubectl apply -h'],
    ['kubectl rollout undo', 'kubectl rollout undo --help'],
    ['mvn deploy', 'mvn deployx'],
    ['mvn deploy', 'mvn dep'],
    ['gradle publish', 'gradle pu'],
    ['kubectl delete', 'skaffold apply'],
    ['npm publish', 'npm -- a publish'],
    ['npm publish', 'npm -w a --help'],
    ['rm --recursive', 'rm -f a'],
    ['git push --tags', 'git push -f'],
    ['goreleaser', 'echo goreleaser'],
  ])('%j does not mean %j', (entry, command) => {
    expect(rulesFor(entry, command)).toBe('allow');
  });
});
