import { pathToFileURL } from 'node:url'

/**
 * A process that starts clusters in itself, like a test file. Its argument is JSON: the package to
 * import, and the options of each cluster. They are started one after the other while the earlier
 * ones keep running.
 */
const { packageEntry, clusters } = JSON.parse(process.argv.at(-1) ?? '{}')

const beforeImportMs = performance.now()
const { startCluster } = await import(pathToFileURL(packageEntry).href)
const importMs = performance.now() - beforeImportMs

const running = []
const startMs = []
for (const options of clusters) {
  const beforeMs = performance.now()
  running.push(await startCluster(options))
  startMs.push(performance.now() - beforeMs)
}

const beforeCloseMs = performance.now()
for (const cluster of running) await cluster.close()
const closeMs = (performance.now() - beforeCloseMs) / running.length

const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ importMs, startMs, closeMs, cpuMs: (user + system) / 1_000 }))
