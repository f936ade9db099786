import { readFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

/** The class paths of Kafka's command line tools and of its broker, resolved by Maven into its own cache. */
export async function installJava(): Promise<Pick<Tools, 'java' | 'kafka'>> {
  // One after the other, because two Mavens that fill the same cache trip over each other.
  const java = await resolveClasspath('java', 'pom.xml')
  return { java, kafka: await resolveClasspath('kafka', 'broker.pom.xml') }
}

async function resolveClasspath(name: string, pomName: string): Promise<Tools['java']> {
  if (!(await isInstalled('java', '-version'))) return { missing: 'there is no java' }
  const pom = fileURLToPath(new URL(`../java/${pomName}`, import.meta.url))
  const classpathFile = `${cacheDir}/${name}.classpath`
  try {
    await once(name, [pom], async () => {
      if (!(await isInstalled('mvn'))) throw new Error('there is no mvn')
      // Maven leaves files beside the pom it works on: it is given a copy.
      await copyFile(pom, `${cacheDir}/${name}.pom.xml`)
      await run('mvn', [
        '-q',
        '-B',
        '-Dmaven.wagon.http.retryHandler.count=5',
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
