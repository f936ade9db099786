/** @import { BrokerKind } from '../types.ts' */
import { existsSync } from 'node:fs'
import { projectPath } from '../project.mjs'
import { startBrokerProcess } from './broker-process.mjs'

const executable = projectPath('bin/odradek.js')
const builtCommandLine = projectPath('dist/esm/cli')

/** @type {BrokerKind} */
export const odradek = {
  name: 'odradek',

  async prepare() {
    const built = existsSync(executable) && existsSync(builtCommandLine)
    return built ? undefined : 'it is not built (npm run build)'
  },

  start({ port, dataDir, nodeArguments = [] }) {
    const parameters = ['--port', `${port}`, '--data-dir', dataDir, '--log-level', 'error']
    return startBrokerProcess(
      'odradek',
      process.execPath,
      [...nodeArguments, executable, ...parameters],
      port,
    )
  },
}
