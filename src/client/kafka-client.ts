import { Admin } from './admin/admin.ts'
import type { ClientCore } from './client-core.ts'
import { ClientError } from './client-error.ts'
import { clientSettings, type ClientEnvironment, type ClientOptions } from './client-options.ts'
import { Connections } from './connection/connections.ts'
import { Consumer } from './consumer/consumer.ts'
import type { ConsumerOptions } from './consumer/consumer-options.ts'
import { ClusterMetadata } from './metadata/cluster-metadata.ts'
import { Producer } from './producer/producer.ts'
import type { ProducerOptions } from './producer/producer-options.ts'

/**
 * A Kafka client: producers, consumers and an admin with shared connections and metadata. It
 * reaches brokers only by their addresses. Clock, network and randomness are passed in, so that it
 * also runs in simulated time.
 */
export class KafkaClient {
  readonly #core: ClientCore
  readonly #closing = new AbortController()
  /** Requests about topics, configs, groups and the cluster. */
  readonly admin: Admin
  #channels = 0

  /** @throws ClientError `INVALID_ARGUMENT` if `bootstrapServers` is not a list of addresses */
  constructor(options: ClientOptions, environment: ClientEnvironment) {
    const settings = clientSettings(options, environment)
    const { signal } = this.#closing
    const connections = new Connections(settings, signal)
    const metadata = new ClusterMetadata(settings, connections, signal)
    const newChannel = (purpose: string): string => `${purpose}-${this.#channels++}`
    this.#core = { settings, connections, metadata, closing: signal, newChannel }
    this.admin = new Admin(this.#core)
  }

  /**
   * Connects to a broker. This is optional, and tests early whether there is one.
   *
   * @throws ClientError `CONNECTION_FAILED` if none of `bootstrapServers` responds
   */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#core.metadata.any([signal])
  }

  /** Creates a producer. Close it to send waiting records; closing the client drops them. */
  producer(options?: ProducerOptions): Producer {
    return new Producer(this.#core, options)
  }

  /**
   * Creates a consumer. Close it to commit and to leave the group; closing the client does neither.
   */
  consumer(options?: ConsumerOptions): Consumer {
    return new Consumer(this.#core, options)
  }

  /** Closes all connections and cancels all timers. Everything that waits rejects with `CLOSED`. */
  close(): void {
    this.#closing.abort(new ClientError('CLOSED', 'the client was closed'))
    this.#core.connections.close()
  }
}
