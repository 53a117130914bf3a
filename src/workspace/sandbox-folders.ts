import { readdirSync, realpathSync } from 'node:fs';

/** The path with its links resolved; as it stands where there is nothing, or nothing that may be seen. */
export function toReal(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The names in a folder; none where there is none, or none that may be listed. */
export function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
