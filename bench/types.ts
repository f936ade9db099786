/** A kind of broker that the driver can start: a build of Odradek, or a peer. */
export interface BrokerKind {
  name: string
  /** The directory with the `dist` of a build of Odradek; peers have none. */
  packageDir?: string
  /** Readies what a start needs (a build, a formatted directory); the reason when this machine cannot. */
  prepare(): Promise<string | undefined>
  start(options: StartOptions): Promise<RunningBroker>
}

export interface StartOptions {
  port: number
  /** Empty and existing; the caller removes it. */
  dataDir: string
  /** Extra arguments for Node itself, such as `--cpu-prof`; peers ignore them. */
  nodeArguments?: readonly string[]
}

export interface RunningBroker {
  kind: string
  port: number
  /** The process whose CPU time and memory are read. */
  pid: number
  /** From the exec of the process to its first answer to ApiVersions. */
  readyMs: number
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>
}

/** One number a scenario measures. */
export interface Figure {
  name: string
  title: string
  unit: string
  /** What Odradek aims at, in the same unit. */
  goal?: number
  /** Decimals shown. Default 2. */
  decimals?: number
}

export interface ScenarioContext {
  kind: BrokerKind
  port: number
  nodeArguments: readonly string[]
  /** Record counts are multiplied by it: 1 for numbers to keep, less to try a scenario out. */
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

/** What a client process was told, and how the broker fared meanwhile. */
export interface ClientRun<Result> {
  result: Result
  /** CPU time (user and system) of the broker between the client's go and its result. */
  brokerCpuSeconds: number
}

/** One function of the package under `benchmark`. */
export interface MeasuredFunction {
  name: string
  call: () => unknown
  /** What a call works on, for a rate in MB/s. */
  bytesPerCall?: number
}

export interface FunctionSuite {
  name: string
  /** Loads what it measures; `close` gives back what that took. */
  open(): { functions: readonly MeasuredFunction[]; close?: () => void }
}

/** One way to do the job of a figure, such as the log itself, or the least that any log would have to do. */
export interface Contestant {
  /** The column: `odradek`, `limit`, or what else it is. */
  name: string
  /** Does the job once and returns what it took, in the figure's unit. */
  measure(): number | Promise<number>
}

/** A job of the log, done in several ways in turn. */
export interface LogFigure {
  title: string
  unit: string
  /** Decimals shown. Default 2. */
  decimals?: number
  /** What is aimed at, in words. */
  goal?: string
  contestants: readonly Contestant[]
}

export interface LogSuiteContext {
  /** Exists, is empty, and goes away afterwards. */
  directory: string
  /** Bytes are multiplied by it: 1 for numbers to keep, less to try a suite out. */
  scale: number
}

/** Figures that share what has to be made ready for them. */
export interface LogSuite {
  name: string
  /** What `--help` says of it. */
  summary: string
  open(context: LogSuiteContext): LogMeasurements | Promise<LogMeasurements>
}

export interface LogMeasurements {
  figures: readonly LogFigure[]
  close?(): void | Promise<void>
}
