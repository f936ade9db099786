import type { Broker } from '../broker/broker.ts'
import type { MetadataImage, PartitionRegistration } from '../controller/metadata-image.ts'
import { coordinatorPartition } from '../coordinator/java-hash.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import type { ApiError } from '../protocol/api-error.ts'
import { errorName } from '../protocol/error-code.ts'

/** The metadata and the brokers of a cluster. */
export interface ClusterSources {
  readonly image: MetadataImage
  /** The brokers that run. */
  readonly running: readonly Broker[]
}

/** Finds the coordinator of a group or transactional id. Each call looks at the cluster again. */
export class CoordinatorLookup {
  readonly #sources: ClusterSources
  readonly #topic: string
  readonly #id: string
  readonly #subject: string

  /**
   * @param topic the internal topic of the coordinators
   * @param id the group id or transactional id
   * @param subject what has the id, for messages: `Group` or `Transaction`
   */
  constructor(sources: ClusterSources, topic: string, id: string, subject: string) {
    this.#sources = sources
    this.#topic = topic
    this.#id = id
    this.#subject = subject
  }

  /** The partition of the topic to which the id belongs; `undefined` while there is no topic. */
  get registration(): PartitionRegistration | undefined {
    const partitions = this.#sources.image.topics.get(this.#topic)?.partitions
    return partitions?.[coordinatorPartition(this.#id, partitions.length)]
  }

  /** The broker that leads the partition, if it runs. */
  get broker(): Broker | undefined {
    const leader = this.registration?.leader
    return this.#sources.running.find(({ id }) => id === leader)
  }

  /** The brokers to start, while no running broker coordinates the id. */
  get advice(): string {
    const replicas = this.registration?.replicas ?? []
    const down = replicas.filter((id) => !this.#sources.running.some((broker) => broker.id === id))
    return down.length > 0 ? `Start broker ${down.join(' or ')} again` : 'The log has the reason'
  }

  /**
   * Returns the error `PARTITION_UNAVAILABLE`, which says what to do.
   *
   * @param error of the coordinator; default: there is none
   */
  unavailable(error?: ApiError): OdradekError {
    const cause =
      error === undefined ? 'no running broker leads its partition' : errorName(error.errorCode)
    return new OdradekError(
      'PARTITION_UNAVAILABLE',
      `${this.#subject} '${this.#id}' has no coordinator: ${cause}. ${this.advice}`,
    )
  }
}
