import { Controller } from '../../src/controller/controller.ts'
import type { ControllerOptions } from '../../src/controller/controller.ts'
import type { CreatableTopic } from '../../src/controller/operations.ts'
import type { MetadataStorage } from '../../src/controller/metadata-log.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'

export const CLUSTER_ID = 'T2RyYWRla09yYWNsZTAwMQ'

/** The metadata log's batches in an array. */
export class MemoryStorage implements MetadataStorage {
  readonly batches: Uint8Array[] = []
  hasFailed = false

  append(batch: Uint8Array): boolean {
    if (!this.hasFailed) this.batches.push(batch)
    return !this.hasFailed
  }

  replay(): Iterable<Uint8Array> {
    return this.batches
  }
}

export interface TestCluster {
  readonly controller: Controller
  readonly storage: MemoryStorage
}

/** A controller with `brokers` registered brokers 1, 2, 3, ... of which the racks are given in order. */
export function startController(
  options: Partial<ControllerOptions> & { brokers?: number; racks?: (string | null)[] } = {},
): TestCluster {
  const storage = (options.storage as MemoryStorage | undefined) ?? new MemoryStorage()
  const controller = new Controller({
    clusterId: CLUSTER_ID,
    nodeId: 1,
    properties: {},
    clock: new ManualClock(),
    random: new SeededRandom(7),
    ...options,
    storage,
  })
  controller.open()
  for (let id = 1; id <= (options.brokers ?? 1); id++) register(controller, id, options)
  return { controller, storage }
}

export interface RegisterOptions {
  racks?: (string | null)[]
  properties?: Record<string, string>
  /** Default: one, {@link directoryIdOf} the broker. */
  logDirs?: string[]
}

/** The id of the log directory of a broker with one, or of one of several. */
export function directoryIdOf(brokerId: number, index = 0): string {
  return `directory${String(brokerId).padStart(6, '0')}${String(index).padStart(6, '0')}A`
}

export function register(
  controller: Controller,
  id: number,
  { racks, properties, logDirs }: RegisterOptions = {},
): number {
  return controller.registerBroker({
    id,
    endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9091 + id, securityProtocol: 0 }],
    rack: racks?.[id - 1] ?? null,
    logDirs: logDirs ?? [directoryIdOf(id)],
    properties: { ...properties, 'node.id': String(id) },
  })
}

export function topic(name: string, overrides: Partial<CreatableTopic> = {}): CreatableTopic {
  return {
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
    ...overrides,
  }
}
