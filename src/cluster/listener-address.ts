import type { ListenerOptions } from './listener-options.ts'
import { invalidOption } from './option-rules.ts'

/** The parts of `NAME://host:port`; an IPv6 address may be in brackets. */
const NOTATION = /^([\w.-]+):\/\/\[?([\w.:%-]*?)\]?:(\d+)$/

/**
 * Parses a listener in Kafka's notation, such as `EXTERNAL://0.0.0.0:9092`. Without a host it means
 * all addresses of the machine.
 *
 * @param option the name of the option, for messages
 * @throws OdradekError `INVALID_OPTION`
 */
export function parseListener(text: string, option: string): ListenerOptions {
  const [, name, host, port] = NOTATION.exec(text) ?? []
  if (name !== undefined) return { name, host: host || '0.0.0.0', port: Number(port) }
  throw invalidOption(
    (nameOf) =>
      `${nameOf(option)} must be NAME://host:port, such as INTERNAL://127.0.0.1:9092, not ${text}`,
  )
}
