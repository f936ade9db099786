/** @import { BrokerKind } from '../types.ts' */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectPath } from '../project.mjs'
import { startBrokerProcess } from './broker-process.mjs'

/**
 * A build of Odradek.
 *
 * @param {string} name
 * @param {string} packageDir holds `bin` and `dist`
 * @returns {BrokerKind}
 */
export function odradekBuild(name, packageDir) {
  const executable = join(packageDir, 'bin/odradek.js')
  return {
    name,
    packageDir,

    async prepare() {
      // Written by the build when it is complete.
      const isBuilt = existsSync(executable) && existsSync(join(packageDir, 'dist/.built'))
      return isBuilt ? undefined : `${packageDir} is not built (npm run build)`
    },

    start({ port, dataDir, nodeArguments = [] }) {
      const parameters = ['--port', `${port}`, '--data-dir', dataDir, '--log-level', 'error']
      const command = [...nodeArguments, executable, ...parameters]
      return startBrokerProcess(name, process.execPath, command, port)
    },
  }
}

/** The build of this checkout. */
export const odradek = odradekBuild('odradek', projectPath('.'))
