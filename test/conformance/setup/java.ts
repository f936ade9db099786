import { readFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

const clients = fileURLToPath(new URL('../clients/java', import.meta.url))
const sources = ['Administrator', 'Client', 'Driver', 'Member', 'Transactions', 'Transformer'].map(
  (name) => `${clients}/${name}.java`,
)

// The oldest version is first.
const versionsFile = `${clients}/versions.json`
const kafkaClientsVersions: readonly string[] = JSON.parse(readFileSync(versionsFile, 'utf8'))

/**
 * Resolves the class paths of Kafka's command line tools, its broker, Kafka Streams and
 * kafka-clients with Maven, into its own cache.
 */
export async function installJava(): Promise<
  Pick<Tools, 'java' | 'kafka' | 'kafkaStreams' | 'kafkaClients'>
> {
  // One after the other: two concurrent Mavens corrupt the cache that they share.
  const java = await resolveClasspath('java', pomOf('pom.xml'))
  const kafka = await resolveClasspath('kafka', pomOf('broker.pom.xml'))
  const kafkaStreams = await resolveClasspath('kafka-streams', pomOf('streams.pom.xml'))
  return { java, kafka, kafkaStreams, kafkaClients: await installKafkaClients() }
}

export function pomOf(name: string): string {
  return fileURLToPath(new URL(`../java/${name}`, import.meta.url))
}

/**
 * Compiles the driver against the oldest version, and adds it to the class path of each version.
 */
async function installKafkaClients(): Promise<Tools['kafkaClients']> {
  const resolved: [string, Tools['java']][] = []
  for (const version of kafkaClientsVersions) {
    const name = `kafka-clients-${version}`
    resolved.push([version, await resolveClasspath(name, `${clients}/pom.xml`, version)])
  }
  const classes = `${cacheDir}/kafka-clients`
  const compiled = await compile(resolved[0]![1], classes)
  return Object.fromEntries(
    resolved.map(([version, tool]) => {
      if (tool.missing !== undefined) return [version, tool]
      if (compiled.missing !== undefined) return [version, compiled]
      return [version, { ...tool, classpath: `${classes}:${tool.classpath}` }]
    }),
  )
}

async function compile(oldest: Tools['java'], classes: string): Promise<{ missing?: string }> {
  if (oldest.missing !== undefined) return oldest
  try {
    await once('kafka-clients', [versionsFile, `${clients}/pom.xml`, ...sources], async () => {
      if (!(await isInstalled('javac', '-version'))) throw new Error('there is no javac')
      await run('javac', ['-nowarn', '-d', classes, '-cp', oldest.classpath, ...sources])
    })
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  return {}
}

/** Resolves the class path of a pom with Maven, into a file of the cache. */
export async function resolveClasspath(
  name: string,
  pom: string,
  kafkaVersion?: string,
): Promise<Tools['java']> {
  if (!(await isInstalled('java', '-version'))) return { missing: 'there is no java' }
  const classpathFile = `${cacheDir}/${name}.classpath`
  try {
    await once(name, [pom], async () => {
      if (!(await isInstalled('mvn'))) throw new Error('there is no mvn')
      // Maven writes files next to the pom, so it gets a copy.
      await copyFile(pom, `${cacheDir}/${name}.pom.xml`)
      await run('mvn', [
        '-q',
        '-B',
        '-Dmaven.wagon.http.retryHandler.count=5',
        ...(kafkaVersion === undefined ? [] : [`-Dkafka.version=${kafkaVersion}`]),
        '-f',
        `${cacheDir}/${name}.pom.xml`,
        'dependency:build-classpath',
        `-Dmdep.outputFile=${classpathFile}`,
      ])
    })
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  return { executable: 'java', classpath: readFileSync(classpathFile, 'utf8').trim() }
}
