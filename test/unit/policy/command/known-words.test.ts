import { describe, expect, it } from 'vitest';

import { verdictOf } from './command-lists.ts';

/** Words of variables whose values the text says, and of commands that print plain words. */
const harmless = [
  'git grep -c "docker push" $(git rev-parse HEAD)',
  'docker build --build-arg VERSION=$(git rev-parse --short HEAD) -t checkout:$(git rev-parse --short HEAD) .',
  'docker build . -t app:$(date +%s)',
  'docker build --secret id=npmrc,src=$HOME/.npmrc -t app .',
  'docker run --rm -it -v $(pwd):/src -w /src golangci/golangci-lint golangci-lint run',
  'docker run --rm -v $PWD:/w -w /w hashicorp/terraform plan',
  'docker exec -it $(docker ps -qf name=api) ls /app',
  'docker exec $(docker ps -q | head -1) npm test',
  'for h in web1 web2; do ssh "$h" uptime; done',
  "for h in web1 web2; do ssh $h 'df -h /'; done",
  'h=web1; ssh $h uptime',
  'NS=payments; kubectl -n $NS get pods',
  'export NS=payments; kubectl -n $NS get pods && kubectl --context=prod-$NS get pods',
  'for v in get describe; do kubectl $v pods; done',
  'cd infra && docker run --rm -v $PWD:/w -w /w hashicorp/terraform plan',
  'for e in dev prod; do terraform -chdir=envs/$e plan; done',
  'for e in dev prod; do (cd envs/$e && terraform plan); done',
  'IMG=app; TAG=1.2; docker build -t $IMG:$TAG . && docker run --rm $IMG:$TAG npm test',
  'S=deploy.sh; bash $S',
  'docker run --rm -u $(id -u):$(id -g) -v $PWD:/w app npm test',
  'kubectl exec $(kubectl get pod -l app=x -o name | head -1) -- ls',
  'go test $(go list ./... | grep -v /vendor/)',
];

/** The same where the value is a blocked call's, or where something else may be the value. */
const attacks = [
  'for v in plan apply; do terraform $v; done',
  'v=apply; kubectl $v -f x',
  't=docker; v=push; $t $v x',
  'x=get; unset x; kubectl $x apply -f x',
  "x=get; read x <<< ''; kubectl $x apply -f x",
  'x=get; ((x--)); kubectl $x apply -f x',
  'x=get; declare -n r=x; r=apply; kubectl $x -f x',
  'x=get; f() { x=apply; }; f; kubectl $x -f x',
  "x=get; eval 'true;x=apply'; kubectl $x -f x",
  "x=get; builtin eval 'true;x=apply'; kubectl $x -f x",
  'x=get; printf -vx apply; kubectl $x -f x',
  "x=get; trap 'x=apply' DEBUG; kubectl $x -f x",
  'x=get; select x in a; do break; done; kubectl $x apply -f x',
  'false && x=get; kubectl $x apply -f x',
  'if false; then x=get; fi; kubectl $x apply -f x',
  'x=get; x=; kubectl $x apply',
  'x=get; x+=; x=$y; kubectl $x -f x',
  'date() { echo --push; }; docker build $(date +%s) .',
  'docker build $(date) .',
  "docker build $(date '+%s --push') .",
  'docker build $(date +--push) .',
  'kubectl $(git rev-parse apply) -f x',
  'kubectl -n $(git describe --tags) x apply -f x',
  "cd 'a --push'; docker build -t $PWD .",
  "PWD='a --push'; docker build -t $PWD .",
  'cd "$d"; docker build -t $(pwd) .',
  "docker build $(docker ps -q --format '--push') .",
  'docker build $(docker ps -q | sed s/.*/--push/) .',
  'docker build $(docker ps -q | grep -h . x) .',
  'docker build $(kubectl exec p -- cat -o name) .',
  'docker build $(kubectl get x -o name --template=x) .',
  "f=x.sh; echo 'kubectl apply -f x' > $f; sh $f",
  "f=x.sh; echo 'kubectl apply -f x' | tee $f; sh $f",
  "d=bin; echo 'kubectl apply -f x' > $d/x.sh; sh ./$d/x.sh",
  '_=get; kubectl $_ apply -f x',
  'x=get; for x in; do :; done; kubectl $x apply',
  'x=kubectl; env $x apply -f x',
  'for c in kubectl; do sudo $c apply -f x; done',
  'a=ls b=ls; for c in $a kubectl; do env $c apply -f x; done',
  'x=get & kubectl $x apply',
  'x=get | true; kubectl $x apply',
  '(x=get); kubectl $x apply',
  'x=-n; kubectl $x apply',
  'x=get; let x=0 y=1; kubectl $x apply',
  'while read x; do kubectl $x; done',
  'x=get; . ./lib; kubectl $x -f y',
  'x=get; x=${y}; kubectl $x -f x',
  'seq 3 --push; docker build $(seq --push) .',
  'docker build $(hostname -f --push) .',
  'git grep foo $(git rev-parse --not -Okubectl)',
  'docker build $(go list -f --push) .',
  "OLDPWD='a --push'; cd -; docker build -t $PWD .",
  'for x in $(seq 3) apply; do kubectl $x; done',
];

describe('a word that the text tells after all [gate:commands:unknown-words]', () => {
  it.each(harmless)('is what it is: %s', (command) => {
    expect(verdictOf(command)).toBe('allow');
  });

  it.each(attacks)('is not believed to be harmless: %s', (command) => {
    expect(verdictOf(command)).toBe('deny');
  });
});
