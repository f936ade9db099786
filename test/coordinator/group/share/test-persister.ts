import type { MetadataImage } from '../../../../src/controller/metadata-image.ts'
import { ShareCoordinator } from '../../../../src/coordinator/share/share-coordinator.ts'
import type { SharePersister } from '../../../../src/coordinator/share/share-persister.ts'
import type { Clock } from '../../../../src/platform/clock.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate, MemoryInternalTopic } from '../../memory-internal-topic.ts'

type Requests = {
  readonly [Method in keyof SharePersister]: Parameters<SharePersister[Method]>[0]
}

/** A share coordinator in memory. The test can make it fail, and hold its responses back. */
export class TestPersister implements SharePersister {
  /** The error of every partition of a request. */
  error: ErrorCode = ErrorCode.None
  /** All requests, with the names of their methods. */
  readonly sent: { readonly name: keyof SharePersister; readonly request: unknown }[] = []
  readonly #coordinator: ShareCoordinator
  #held: (() => void)[] | undefined

  constructor(clock: Clock, topics: Pick<MetadataImage, 'topicsById'>) {
    const topic = new MemoryInternalTopic()
    this.#coordinator = new ShareCoordinator({
      clock,
      config: {
        updatesPerSnapshot: 500,
        pruneIntervalMs: 300_000,
        coldSnapshotIntervalMs: 300_000,
        commitTimeoutMs: 5000,
      },
      topics,
      isEnabled: () => false,
      partitionCount: () => topic.partitionCount,
      onLoadFailure: () => {},
    })
    for (let index = 0; index < topic.partitionCount; index++) {
      this.#coordinator.onElected(topic.partition(index))
    }
  }

  /** Responses wait from now on until the returned function is called. */
  hold(): () => void {
    const held: (() => void)[] = []
    this.#held = held
    return () => {
      this.#held = undefined
      for (const release of held) release()
    }
  }

  initializeState(request: Requests['initializeState']) {
    return this.#answer('initializeState', request, () =>
      this.#coordinator.initializeState(request),
    )
  }

  readState(request: Requests['readState']) {
    return this.#answer('readState', request, () => this.#coordinator.readState(request))
  }

  writeState(request: Requests['writeState']) {
    return this.#answer('writeState', request, () => this.#coordinator.writeState(request))
  }

  deleteState(request: Requests['deleteState']) {
    return this.#answer('deleteState', request, () => this.#coordinator.deleteState(request))
  }

  readSummary(request: Requests['readSummary']) {
    return this.#answer('readSummary', request, () => this.#coordinator.readStateSummary(request))
  }

  #answer<R extends { readonly results: readonly { readonly partitions: readonly object[] }[] }>(
    name: keyof SharePersister,
    request: unknown,
    run: () => R | Promise<R>,
  ): R | Promise<R> {
    this.sent.push({ name, request: structuredClone(request) })
    const response = this.#withError(immediate(run()))
    const held = this.#held
    if (held === undefined) return response
    return new Promise((resolve) => held.push(() => resolve(response)))
  }

  #withError<R extends { readonly results: readonly { readonly partitions: readonly object[] }[] }>(
    response: R,
  ): R {
    const { error: errorCode } = this
    if (errorCode === ErrorCode.None) return response
    const results = response.results.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => ({
        ...partition,
        errorCode,
        errorMessage: 'Not now.',
      })),
    }))
    return { ...response, results }
  }
}
