/** Milliseconds that this process has computed so far: unlike a clock, it stands still while other processes compute. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
