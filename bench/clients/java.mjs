import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { kafkaTool } from '../brokers/kafka.mjs'
import { cachePath, projectPath } from '../project.mjs'

/**
 * Returns the command of a Java client, which needs Java 17 and the script that also starts Kafka.
 * The first call compiles it.
 *
 * @param {'FirstRecord'} what
 * @param {readonly string[]} parameters
 */
export function javaClient(what, parameters) {
  if (!existsSync(kafkaTool)) throw new Error(`there is no ${kafkaTool}, which has Kafka's classes`)
  const classes = cachePath('java')
  const libraries = execFileSync(kafkaTool, ['classpath', 'broker'], { encoding: 'utf8' }).trim()
  const source = projectPath(`bench/clients/${what}.java`)
  execFileSync('javac', ['-nowarn', '-d', classes, '-cp', libraries, source])
  return ['java', '-cp', `${classes}:${libraries}`, what, ...parameters]
}
