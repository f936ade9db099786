import type { ClusterBroker } from '../cluster/cluster-broker.ts'

/** A broker in a response. */
export interface BrokerResource {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly isRunning: boolean
  readonly isPaused: boolean
  readonly state: ClusterBroker['state']
}

/** The operations on a broker: `POST /brokers/2/stop`. */
export const brokerActions = ['start', 'stop', 'kill', 'pause', 'resume'] as const
