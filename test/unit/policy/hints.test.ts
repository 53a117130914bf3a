import { describe, expect, it } from 'vitest';

import { uncoveredCalls } from '#policy/command/coverage.ts';
import { hintGlobs } from '#policy/path-hints.ts';

describe('blocked commands leave open', () => {
  it.each([
    [['kubectl apply'], ['kubectl delete', 'helm upgrade'], ['kubectl apply', 'oc apply', 'docker push']],
    [['kubectl'], ['helm upgrade'], ['kubectl delete', 'kubectl apply', 'oc apply']],
    [['kubectl (apply|delete)'], ['oc apply', 'kubectl scale'], ['kubectl delete', 'kubectl apply']],
    [['docker push'], ['docker stack deploy'], ['podman push', 'skopeo copy a docker://b']],
    [['npm publish'], ['npm unpublish'], ['pnpm publish', 'yarn npm publish']],
    [['terraform apply'], ['terraform state push'], ['terraform destroy', 'tofu apply']],
    [['make deploy'], [], ['kubectl apply', 'git push']],
  ])('%j', (entries, open, covered) => {
    const calls = uncoveredCalls(entries);
    expect(calls).toEqual(expect.arrayContaining(open));
    expect(calls.filter((call) => covered.includes(call))).toEqual([]);
  });
});

describe('hints about globs', () => {
  it('list what each hits and what lies beside it in a repository', () => {
    const files = ['web/yarn.lock', 'package-lock.json', 'api/config/production.yml', 'src/app.ts'];
    expect(hintGlobs(['*.lock', 'config/production.*', 'k8s/**'], files)).toEqual([
      { glob: '*.lock', hits: ['web/yarn.lock'], nearMisses: ['package-lock.json'] },
      { glob: 'config/production.*', hits: [], nearMisses: ['api/config/production.yml'] },
      { glob: 'k8s/**', hits: [], nearMisses: [] },
    ]);
  });

  it.each(['config/production.*', '/config/production.*', './config/production.*', './/config/production.*'])(
    'find what %s would hit in another folder',
    (glob) => {
      const files = ['api/config/production.yml', 'config/production.yml'];
      expect(hintGlobs([glob], files)).toEqual([
        { glob, hits: ['config/production.yml'], nearMisses: ['api/config/production.yml'] },
      ]);
    },
  );

  it('leave out what another glob covers', () => {
    expect(hintGlobs(['*.lock', '*-lock.json'], ['package-lock.json'])[0]?.nearMisses).toEqual([]);
  });

  it('name well-known files where there is no repository', () => {
    expect(hintGlobs(['*.lock'], undefined)[0]?.nearMisses).toEqual(
      expect.arrayContaining(['package-lock.json', 'pnpm-lock.yaml']),
    );
    expect(hintGlobs(['src/**'], undefined)[0]?.nearMisses).toEqual([]);
  });
});
