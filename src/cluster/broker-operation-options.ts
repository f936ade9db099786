import type { WaitOptions } from './wait-options.ts'

/** Options of `removeBroker`. */
export interface RemoveBrokerOptions extends WaitOptions {
  /**
   * Whether the broker is removed with its replicas. Partitions without another replica then have
   * no leader any more. Default: false, its replicas move to the other brokers before.
   */
  readonly force?: boolean
}

/** Options of `rollingRestart`. */
export interface RollingRestartOptions extends WaitOptions {
  /** Called after each broker, when all partitions are in sync again. The next one waits for it. */
  readonly onEach?: (brokerId: number) => void | Promise<void>
}
