import { ClientError } from '../client-error.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 9092

/**
 * Parses `host[:port][,host[:port]…]`, with IPv6 addresses in brackets. The default port is 9092.
 *
 * @throws ClientError `INVALID_ARGUMENT` if the text is not such a list
 */
export function parseBootstrapServers(text: string): BrokerAddress[] {
  return text.split(',').map((entry) => {
    const [, bracketed, plain, port] =
      /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(entry.trim()) ?? []
    const host = bracketed ?? plain
    if (host === undefined || Number(port ?? 1) > 65535) {
      throw new ClientError(
        'INVALID_ARGUMENT',
        `'${entry}' is not the address of a broker: use host or host:port`,
      )
    }
    return { host, port: port === undefined ? DEFAULT_PORT : Number(port) }
  })
}

/** Returns the name of an address in messages and maps. */
export function nameOfAddress({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}
