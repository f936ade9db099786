/** Methods of HTTP, as the first four bytes of a request. */
const HTTP_METHODS: ReadonlySet<string> = new Set([
  'GET ',
  'HEAD',
  'POST',
  'PUT ',
  'PATC',
  'DELE',
  'OPTI',
  'CONN',
  'TRAC',
  // The preface of HTTP/2.
  'PRI ',
])

const PROXY_PROTOCOL = 'PROX'

/** A record of a TLS handshake begins with its type and the major version. */
const TLS_HANDSHAKE = 0x1603

/**
 * Returns why a frame of this size is refused. The size of a frame that is no Kafka request is the start of another
 * protocol, which is named if it is a common one.
 */
export function describeInvalidSize(size: number, maxBytes: number): string {
  if (size >>> 16 === TLS_HANDSHAKE)
    return 'the client speaks TLS, but this listener does not: turn TLS (ssl) off in the client'
  const text = asciiOf(size)
  if (text !== undefined && HTTP_METHODS.has(text))
    return 'the client sent an HTTP request to the port of a Kafka broker'
  if (text === PROXY_PROTOCOL)
    return 'the client sent a header of the PROXY protocol, which brokers do not read'
  if (text !== undefined)
    return `the client sent text that begins with '${text}', which is no Kafka request`
  if (size <= 0)
    return `the client sent ${size} as the size of a request, which is no Kafka request`
  return `the client sent a request of ${size} bytes, but socket.request.max.bytes is ${maxBytes}`
}

/** The four bytes of a number as text, if all of them can be printed. */
function asciiOf(number: number): string | undefined {
  const bytes = [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff]
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? String.fromCharCode(...bytes)
    : undefined
}
