/** A kind of broker that the driver can start: a build of Odradek, or a peer. */
export interface BrokerKind {
  name: string
  /** The directory with the `dist` of a build of Odradek; peers have none. */
  packageDir?: string
  /**
   * Prepares what a start needs (a build, a formatted directory). Resolves with the reason if this
   * machine cannot run it.
   */
  prepare(): Promise<string | undefined>
  start(options: StartOptions): Promise<RunningBroker>
}

export interface StartOptions {
  port: number
  /** An existing empty directory, which the caller removes. */
  dataDir: string
  /** Extra arguments for Node itself, such as `--cpu-prof`; peers ignore them. */
  nodeArguments?: readonly string[]
}

export interface RunningBroker {
  kind: string
  port: number
  /** The process whose CPU time and memory are read. */
  pid: number
  /** The time from the exec of the process to its first response to ApiVersions. */
  readyMs: number
  /** Stops the process. Resolves when it has exited. */
  stop(): Promise<void>
}

/** A number that a scenario measures. */
export interface Figure {
  name: string
  title: string
  unit: string
  /** The goal of Odradek, in the same unit. */
  goal?: number
  /** Decimals shown. Default 2. */
  decimals?: number
}

export interface ScenarioContext {
  kind: BrokerKind
  port: number
  nodeArguments: readonly string[]
  /** Record counts are multiplied by it: 1 for results, less to try a scenario. */
  scale: number
}

export interface Scenario {
  name: string
  figures: readonly Figure[]
  /** Peers cannot run it. */
  isOfOdradek?: true
  run(context: ScenarioContext): Promise<Readonly<Record<string, number>>>
}

/** Values by `scenario/figure`, then by broker and round. A round that failed has none. */
export type Samples = Map<string, Map<string, (number | undefined)[]>>

/** The result of a client process, and the broker's CPU time during it. */
export interface ClientRun<Result> {
  result: Result
  /** CPU time (user and system) of the broker between the signal to the client and its result. */
  brokerCpuSeconds: number
}

/** A function of the package, measured with `benchmark`. */
export interface MeasuredFunction {
  name: string
  call: () => unknown
  /** The number of bytes that a call processes, for a rate in MB/s. */
  bytesPerCall?: number
}

export interface FunctionSuite {
  name: string
  /** Loads the functions to measure; `close` releases their resources. */
  open(): { functions: readonly MeasuredFunction[]; close?: () => void }
}

/** One way to do the job of a figure, such as the log itself, or the minimum of any log. */
export interface Contestant {
  /** The column: `odradek`, `limit`, or another way. */
  name: string
  /** Does the job once and returns its cost, in the figure's unit. */
  measure(): number | Promise<number>
}

/** A job of the log, done in several ways. */
export interface LogFigure {
  title: string
  unit: string
  /** Decimals shown. Default 2. */
  decimals?: number
  /** The goal, as text. */
  goal?: string
  contestants: readonly Contestant[]
}

export interface LogSuiteContext {
  /** An existing empty directory, which is removed afterwards. */
  directory: string
  /** Bytes are multiplied by it: 1 for results, less to try a suite. */
  scale: number
}

/** Figures that share their preparation. */
export interface LogSuite {
  name: string
  /** The text in `--help`. */
  summary: string
  open(context: LogSuiteContext): LogMeasurements | Promise<LogMeasurements>
}

export interface LogMeasurements {
  figures: readonly LogFigure[]
  close?(): void | Promise<void>
}
