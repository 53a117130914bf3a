/** Why a file could not be read, in a few words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES') return 'permission denied (EACCES)';
  return code === 'ENOENT' ? 'it was removed while the logs were read' : (code ?? error.message.slice(0, 200));
}
