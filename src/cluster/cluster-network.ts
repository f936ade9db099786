import { InProcessNetwork } from '../network/in-process.ts'
import type {
  Network,
  NetworkServer,
  NetworkServerOptions,
  NetworkSocket,
} from '../platform/network.ts'
import type { Turn } from '../platform/turn.ts'

/** Listens for TCP connections and, at the same host and port, for clients in this process. */
export class ClusterNetwork implements Network {
  readonly inProcess: InProcessNetwork
  readonly #tcp: Network

  constructor(tcp: Network, turn: Turn) {
    this.#tcp = tcp
    this.inProcess = new InProcessNetwork(turn)
  }

  async listen(options: NetworkServerOptions): Promise<NetworkServer> {
    const tcp = await this.#tcp.listen(options)
    const inProcess = await this.inProcess.listen({ ...options, port: tcp.port })
    return {
      port: tcp.port,
      close: async () => {
        await Promise.all([tcp.close(), inProcess.close()])
      },
    }
  }

  connect(host: string, port: number): NetworkSocket {
    return this.#tcp.connect(host, port)
  }
}
