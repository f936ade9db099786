import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { run } from './command.ts'
import { installGoClients } from './go.ts'
import { installJava } from './java.ts'
import { installKcat } from './kcat.ts'
import { installPythonClients } from './python.ts'
import { installRustClient } from './rust.ts'
import type { Tools } from './tools.ts'

/**
 * Installs what the clients need, once per machine, and prints which clients will be skipped and
 * why.
 */
export async function setup(project: TestProject): Promise<void> {
  const [node24, python, kcat, java, go, rust] = await Promise.all([
    installNodePackages(),
    installPythonClients(),
    installKcat(),
    installJava(),
    installGoClients(),
    installRustClient(),
  ])
  const tools: Tools = { node24, python, kcat, ...java, go, rust }
  const { kafkaClients, ...others } = tools
  const versions = Object.entries(kafkaClients).map(
    ([version, tool]) => [`kafka-clients ${version}`, tool] as const,
  )
  for (const [name, tool] of [...Object.entries(others), ...versions]) {
    if (tool.missing !== undefined) console.warn(`what needs ${name} is skipped: ${tool.missing}`)
  }
  project.provide('tools', tools)
}

async function installNodePackages(): Promise<Tools['node24']> {
  const script = fileURLToPath(new URL('node-packages.mjs', import.meta.url))
  try {
    await run(process.execPath, [script])
  } catch (error) {
    return { missing: String(error) }
  }
  return {
    executable: fileURLToPath(
      new URL('../clients/node/node_modules/node24/bin/node', import.meta.url),
    ),
  }
}
