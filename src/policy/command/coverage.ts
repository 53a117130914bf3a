import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';

/** Calls that change something outside the repository, by the program whose rules an author may expect to cover them. */
const changingCalls: Readonly<Record<string, readonly string[]>> = {
  kubectl: [
    'kubectl apply',
    'kubectl create',
    'kubectl delete',
    'kubectl replace',
    'kubectl patch',
    'kubectl edit',
    'kubectl scale',
    'kubectl rollout undo',
    'kubectl set image',
    'kubectl drain',
    'kubectl cordon',
    'kubectl exec',
    'oc apply',
    'helm install',
    'helm upgrade',
    'helm uninstall',
    'helm rollback',
  ],
  docker: [
    'docker push',
    'podman push',
    'skopeo copy a docker://b',
    'docker rm',
    'docker system prune',
    'docker stack deploy',
    'docker service update',
  ],
  npm: [
    'npm publish',
    'pnpm publish',
    'yarn npm publish',
    'npm unpublish',
    'npm deprecate',
    'npm dist-tag add',
    'npm access set',
    'npm owner add',
  ],
  terraform: [
    'terraform apply',
    'tofu apply',
    'terragrunt apply',
    'terraform destroy',
    'terraform import',
    'terraform state rm',
    'terraform state push',
    'terraform taint',
    'terraform workspace delete',
    'pulumi up',
  ],
  git: ['git push', 'git push --force'],
  aws: ['aws s3 rm', 'aws s3 sync', 'aws ecs update-service', 'aws lambda update-function-code'],
};

/** Calls of the same tools that a list of blocked commands leaves open: what an author may have meant as well. */
export function uncoveredCalls(entries: readonly string[]): readonly string[] {
  const compiled = compileEntries(entries);
  const mentioned = Object.entries(changingCalls).filter(([program]) =>
    entries.some((entry) => new RegExp(`\\b${program}\\b`, 'i').test(entry)),
  );
  return mentioned
    .flatMap(([, calls]) => calls)
    .filter((call) => findBlocked(analyzeCommand(call), compiled).length === 0);
}
