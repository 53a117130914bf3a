import type { Config } from '#config/load.ts';
import { CONFIG_FILE } from '#config/load.ts';

/** For a message and its fix: that no configuration was found, where, and the way to one; both empty where one was read. */
export function missingConfig({ path, folder }: Pick<Config, 'path' | 'folder'>): {
  readonly said: string;
  readonly fix: string;
} {
  if (path !== undefined) return { said: '', fix: '' };
  return {
    said: `No ${CONFIG_FILE} was found in ${folder}, so the defaults hold. `,
    fix: 'If there is one elsewhere, start in its folder or name it with --config FILE. ',
  };
}
