import { readFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cacheDir, isInstalled, once, run } from './command.ts'
import type { Tools } from './tools.ts'

const pom = fileURLToPath(new URL('../java/pom.xml', import.meta.url))

/** The class path of Kafka's command line tools, resolved by Maven into its own cache. */
export async function installJavaTools(): Promise<Tools['java']> {
  if (!(await isInstalled('java', '-version'))) return { missing: 'there is no java' }
  const classpathFile = `${cacheDir}/java.classpath`
  try {
    await once('java', [pom], async () => {
      if (!(await isInstalled('mvn'))) throw new Error('there is no mvn')
      // Maven leaves files beside the pom it works on: it is given a copy.
      await copyFile(pom, `${cacheDir}/java.pom.xml`)
      await run('mvn', [
        '-q',
        '-B',
        '-f',
        `${cacheDir}/java.pom.xml`,
        'dependency:build-classpath',
        `-Dmdep.outputFile=${classpathFile}`,
      ])
    })
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
  return { executable: 'java', classpath: readFileSync(classpathFile, 'utf8').trim() }
}
