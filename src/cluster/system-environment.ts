import { DiskFileSystem } from '../platform/disk-file-system.ts'
import type { FileSystem } from '../platform/file-system.ts'
import { systemNetwork } from '../platform/network.ts'
import { systemRandom, type Random } from '../platform/random.ts'
import { SystemClock } from '../platform/system-clock.ts'
import { systemTurn } from '../platform/turn.ts'
import type { ClusterEnvironment } from './environment.ts'
import { createLogger } from './logger.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { openStorage, type Storage } from './storage.ts'

/** Returns the parts of the machine that opening directories needs before a cluster starts. */
export function systemFiles(): { readonly fileSystem: FileSystem; readonly random: Random } {
  return { fileSystem: new DiskFileSystem(), random: systemRandom }
}

/**
 * Returns the machine's own clock, randomness, sockets, files and event loop. A clock in the
 * options replaces the system clock.
 *
 * @param storage default: the storage of the options
 */
export function systemEnvironment(
  options: ResolvedOptions,
  storage: Storage = openStorage(options, systemFiles().fileSystem),
): ClusterEnvironment {
  const ownClock = options.clock === undefined ? new SystemClock() : undefined
  return {
    clock: options.clock ?? ownClock!,
    random: systemRandom,
    network: systemNetwork,
    storage,
    turn: systemTurn,
    logger: createLogger(options.logLevel, systemTurn),
    release: (hasStarted) => {
      try {
        storage.release(hasStarted)
      } finally {
        ownClock?.close()
      }
    },
  }
}
