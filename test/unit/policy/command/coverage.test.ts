import { describe, expect, it } from 'vitest';

import { uncoveredCalls } from '#policy/command/coverage.ts';

describe('calls that a list of blocked commands leaves open', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[], []],
    [['make deploy'], []],
    [
      ['kubectl apply', 'kubectl create', 'kubectl delete', 'kubectl scale'],
      [
        'kubectl replace',
        'kubectl patch',
        'kubectl edit',
        'kubectl rollout undo',
        'kubectl set image',
        'kubectl drain',
        'kubectl cordon',
        'kubectl exec',
        'helm install',
        'helm upgrade',
        'helm uninstall',
        'helm rollback',
      ],
    ],
    [
      ['kubectl get'],
      [
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
    ],
    [['docker push'], ['docker rm', 'docker system prune', 'docker stack deploy', 'docker service update']],
    [
      ['Docker (rm|push)'],
      [
        'podman push',
        'skopeo copy a docker://b',
        'docker system prune',
        'docker stack deploy',
        'docker service update',
      ],
    ],
    [
      ['docker ps'],
      [
        'docker push',
        'podman push',
        'skopeo copy a docker://b',
        'docker rm',
        'docker system prune',
        'docker stack deploy',
        'docker service update',
      ],
    ],
    [['npm publish'], ['npm unpublish', 'npm deprecate', 'npm dist-tag add', 'npm access set', 'npm owner add']],
    [
      ['npm test'],
      [
        'npm publish',
        'pnpm publish',
        'yarn npm publish',
        'npm unpublish',
        'npm deprecate',
        'npm dist-tag add',
        'npm access set',
        'npm owner add',
      ],
    ],
    [
      ['terraform apply'],
      [
        'terraform import',
        'terraform state rm',
        'terraform state push',
        'terraform taint',
        'terraform workspace delete',
        'pulumi up',
      ],
    ],
    [
      ['terraform plan'],
      [
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
    ],
    [['git commit'], ['git push', 'git push --force']],
    [['git push --force'], ['git push']],
    [['git push'], []],
    [['gitk'], []],
    [['aws s3 rm'], ['aws s3 sync', 'aws ecs update-service', 'aws lambda update-function-code']],
    [
      ['aws s3 cp', 'make'],
      ['aws s3 rm', 'aws s3 sync', 'aws ecs update-service', 'aws lambda update-function-code'],
    ],
  ])('of %j are %j [gate:commands:blocked]', (entries, calls) => {
    expect(uncoveredCalls(entries)).toEqual(calls);
  });
});
