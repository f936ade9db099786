/** @import { BrokerKind } from '../types.ts' */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cachePath, projectPath } from '../project.mjs'
import { startBrokerProcess } from './broker-process.mjs'

const executable = cachePath('kfake')

/**
 * franz-go's fake cluster, writing to disk, built from bench/peers/kfake with this machine's Go.
 *
 * @type {BrokerKind}
 */
export const kfake = {
  name: 'kfake',

  async prepare() {
    try {
      await promisify(execFile)('go', ['build', '-o', executable, '.'], {
        cwd: projectPath('bench/peers/kfake'),
        env: { ...process.env, GONOSUMDB: 'github.com/twmb/*' },
      })
      return undefined
    } catch (error) {
      return `it cannot be built: ${String(error)}`
    }
  },

  start({ port, dataDir }) {
    const parameters = ['-port', `${port}`, '-data-dir', dataDir]
    return startBrokerProcess('kfake', executable, parameters, port)
  },
}
