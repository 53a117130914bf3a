const folder = process.env['NODE_COMPILE_CACHE'];

/** Variables with which a program of a test starts from compiled code: its home is new, and so has none. */
export const compileCache: Readonly<Record<string, string>> =
  folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
