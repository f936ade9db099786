/** @import { BrokerKind } from '../types.ts' */
import { existsSync } from 'node:fs'
import { projectPath } from '../project.mjs'
import { startBrokerProcess } from './broker-process.mjs'

const executable = projectPath('bin/odradek.js')
/** Written by the build when it is complete. */
const buildStamp = projectPath('dist/.built')

/** @type {BrokerKind} */
export const odradek = {
  name: 'odradek',

  async prepare() {
    const built = existsSync(executable) && existsSync(buildStamp)
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
