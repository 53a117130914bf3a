import type { OptionTable } from '#policy/command/options.ts';
import { optionTable } from '#policy/command/options.ts';
import { ownValue } from '#policy/own-value.ts';

const kubectl = optionTable(
  '-n --namespace --context --kubeconfig --cluster --user -s --server --token --as --as-group --as-uid --certificate-authority ' +
    '--client-certificate --client-key --request-timeout -v --v --cache-dir --log-flush-frequency --vmodule --profile --profile-output ' +
    '--tls-server-name --username --password --kuberc',
  '--insecure-skip-tls-verify --match-server-version --warnings-as-errors --disable-compression',
);
const docker = optionTable(
  '--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey --builder -f --file -p --project-name --profile --env-file ' +
    '--project-directory --ansi --parallel --progress --connection --url --identity --root --runroot --namespace -n --address -a',
  '-D --debug --tls --tlsverify -v --version --compatibility --dry-run --all-resources',
);
const npm: OptionTable = {
  ...optionTable(
    '--prefix -C --registry --tag --workspace -w --loglevel --userconfig --globalconfig --cache --access --otp --scope --script-shell ' +
      '--node-options --logs-dir --omit --include --location -L --install-strategy --user-agent --depth -m --message --before --init-module',
    '-g --global -s --silent -q --quiet -d -dd -ddd --verbose --json -ws --workspaces --include-workspace-root -iwr --if-present ' +
      '--ignore-scripts --offline --prefer-offline --dry-run -f --force -y --yes --foreground-scripts --long -l --parseable -p --color',
  ),
  takesTruth: true,
};
const pnpm = optionTable(
  '-F --filter --filter-prod -C --dir --workspace-concurrency --reporter --loglevel --registry --config --tag --access --otp --test-pattern ' +
    '--changed-files-ignore-pattern --store-dir --virtual-store-dir --resume-from',
  '-r --recursive -w --workspace-root --stream --parallel --aggregate-output -s --silent --if-present --bail --sort --reverse --color --offline',
);
const yarn = optionTable(
  '--cwd --modules-folder --registry --cache-folder --mutex --network-timeout --use-yarnrc --global-folder --link-folder --include --exclude --from -j --jobs',
  '-s --silent --offline --json --verbose --frozen-lockfile -A --all -p --parallel -t --topological -v -W --worktree -R --recursive --private --since -i --interlaced',
);
const bun = optionTable(
  '--cwd -c --config -F --filter --env-file --registry -r --preload --tag --access --otp',
  '-b --bun --silent --watch --hot --if-present',
);
const terraform = optionTable(
  '--config --working-dir --terragrunt-working-dir --terragrunt-config --tf-path',
  '-help -version --all -all --graph --non-interactive --terragrunt-non-interactive',
);
const git = optionTable(
  '-C -c --git-dir --work-tree --namespace --super-prefix --config-env',
  '-p --paginate -P --no-pager --bare --literal-pathspecs',
);
const helm = optionTable(
  '-n --namespace --kube-context --kubeconfig --kube-apiserver --kube-token --registry-config --repository-config --repository-cache --burst-limit --qps',
  '--debug',
);
const cloud = optionTable(
  '--profile --region --output --query --endpoint-url --project --account --configuration --subscription --format --zone --cli-input-json -R --repo',
  '--debug --quiet --only-show-errors',
);

const ko = optionTable(
  '',
  '-B --base-import-paths -P --preserve-import-paths --bare -L --local --push -R --recursive -W --wait',
);

const pushing = '-q --quiet --all --remove-signatures --force-compression --rm';
const podman: OptionTable = {
  values: docker.values,
  flags: { has: (name) => docker.flags.has(name) || pushing.split(' ').includes(name) },
};
const skaffold = optionTable(
  '-a --build-artifacts -b --build-image --cache-file --config -c --default-repo -d --file-output -f --filename --kube-context ' +
    '--kubeconfig -m --module -n --namespace -o --output -p --profile --platform --tag -t -v --verbosity',
  '-q --quiet --push --dry-run --cache-artifacts --skip-tests --check-cluster-node-platforms --disable-multi-platform-build',
);
const gradle = optionTable(
  '-x --exclude-task -p --project-dir -b --build-file -c --settings-file -I --init-script -g --gradle-user-home --console --max-workers --tests --include-build --task',
);
const mvn = optionTable('-pl --projects -P --activate-profiles -f --file -s --settings -gs -T --threads -rf -l -t -b');

const tables: Readonly<Record<string, OptionTable>> = {
  kubectl,
  oc: kubectl,
  k3s: kubectl,
  k0s: kubectl,
  microk8s: kubectl,
  'microk8s.kubectl': kubectl,
  minikube: { ...kubectl, values: { has: (name) => name === '-p' || kubectl.values.has(name) } },
  docker,
  podman,
  nerdctl: docker,
  'docker-compose': docker,
  'podman-compose': docker,
  buildah: podman,
  skopeo: optionTable(
    '--override-arch --override-os --override-variant --policy --registries.d --tmpdir --command-timeout --authfile --src-authfile --dest-authfile --src-creds --dest-creds ' +
      '--creds --digestfile --sign-by --sign-identity -f --format --multi-arch --retry-times -s --src -d --dest',
    '-q --quiet -a --all --remove-signatures --preserve-digests --debug --insecure-policy --src-no-creds --dest-no-creds --dest-compress --dest-decompress --dest-precompute-digests',
  ),
  ctr: { ...docker, takesTruth: true },
  finch: docker,
  npm,
  cnpm: npm,
  npx: npm,
  lerna: npm,
  pnpm: { ...pnpm, takesTruth: true },
  yarn,
  yarnpkg: yarn,
  bun,
  terraform,
  tofu: terraform,
  terragrunt: terraform,
  git,
  helm,
  ko,
  skaffold,
  gradle,
  mvn,
  aws: cloud,
  gcloud: cloud,
  az: cloud,
  gh: cloud,
};

const unknownOptions = optionTable();

/** The options of a program, as far as they are known. */
export function optionsOf(program: string): OptionTable {
  return ownValue(tables, program) ?? unknownOptions;
}
