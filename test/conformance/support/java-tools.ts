import type { Tools } from '../setup/tools.ts'
import { waitMs } from './patience.ts'
import { runToEnd } from './processes.ts'

/** JVM options for a fast start and little memory. Only warnings and errors are logged. */
export function jvmOptions(classpath: string): string[] {
  return [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-cp',
    classpath,
  ]
}

/** Runs one of Kafka's command line tools and returns its output. Throws if it fails. */
export async function runJavaTool(
  tool: Tools['java'],
  className: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  if (tool.missing !== undefined) throw new Error(tool.missing)
  const all = [...jvmOptions(tool.classpath), className, ...args]
  const { stdout, stderr, exitCode } = await runToEnd(tool.executable, all, {
    input,
    timeoutMs: waitMs,
  })
  if (exitCode !== 0) throw new Error(`${className} ended with ${exitCode}: ${stdout}${stderr}`)
  return stdout + stderr
}

/** Returns `--name value` for each of these. */
export function toolOptions(values: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])
}
