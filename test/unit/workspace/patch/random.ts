/** The same cases in every run; `FIXGATE_FUZZ_SEED` makes others, `FIXGATE_FUZZ_RUNS` as many as it says. */
export function sampled(runs: number): { readonly numRuns: number; readonly seed: number } {
  const { FIXGATE_FUZZ_SEED: seed, FIXGATE_FUZZ_RUNS: all } = process.env;
  return { numRuns: Number(all ?? runs), seed: Number(seed ?? 20_260_101) };
}
