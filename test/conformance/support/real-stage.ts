import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Configs } from '../../../src/index.ts'
import type { Stage } from '../../broker/grid/stage.ts'
import { KafkaConnection } from '../../support/kafka-connection.ts'
import type { Tools } from '../setup/tools.ts'
import { RealBroker } from './real-broker.ts'

export interface RealStage extends Stage {
  /** Kills the broker and removes its files. */
  close(): Promise<void>
}

/** Starts a real broker as a stage. */
export async function startRealStage(tool: Tools['kafka'], config: Configs): Promise<RealStage> {
  const broker = await RealBroker.start(tool, config)
  return {
    connect: () => open(broker.port),
    nowMs: Date.now,
    pass: (ms) => setTimeout(ms),
    kill: () => broker.kill(),
    stop: () => broker.stop(),
    start: () => broker.start(),
    close: () => broker.close(),
  }
}

async function open(port: number): Promise<KafkaConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return new KafkaConnection(socket)
}
