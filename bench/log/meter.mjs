/**
 * Returns user and system time of all threads of this process during a call.
 *
 * @param {() => void} call
 */
export function cpuSecondsOf(call) {
  const before = process.cpuUsage()
  call()
  return secondsSince(before)
}

/** @param {() => Promise<void>} call */
export async function cpuSecondsOfAsync(call) {
  const before = process.cpuUsage()
  await call()
  return secondsSince(before)
}

/** @param {NodeJS.CpuUsage} before */
function secondsSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** @param {() => void | Promise<void>} call */
export async function wallSecondsOf(call) {
  const startMs = performance.now()
  await call()
  return (performance.now() - startMs) / 1e3
}
