/** HTTP methods, as the first four bytes of a request. */
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

/** A record of a TLS handshake starts with its type and the major version. */
const TLS_HANDSHAKE = 0x1603

/**
 * The reason why a frame is refused. Errors of one kind are logged once, so random bytes must not
 * produce many kinds.
 */
export interface InvalidSize {
  readonly kind: string
  readonly message: string
}

/**
 * Returns the reason why a frame of this size is refused. If the frame is not a Kafka request, its
 * size is the start of another protocol, and common protocols are named.
 */
export function describeInvalidSize(size: number, maxBytes: number): InvalidSize {
  if (size >>> 16 === TLS_HANDSHAKE) {
    return {
      kind: 'TLS',
      message:
        'the client speaks TLS, but this listener does not: turn off TLS (ssl) in the client',
    }
  }
  const text = asciiOf(size)
  if (text !== undefined) return describeText(text)
  if (size <= 0) {
    return {
      kind: 'no size',
      message: `the client sent ${size} as the size of a request, which is not a Kafka request`,
    }
  }
  return {
    kind: `too large: ${Math.clz32(size)}`,
    message: `the client sent a request of ${size} bytes, but socket.request.max.bytes is ${maxBytes}: increase it, or send smaller requests`,
  }
}

function describeText(text: string): InvalidSize {
  if (HTTP_METHODS.has(text)) {
    return {
      kind: 'HTTP',
      message: 'the client sent an HTTP request to the port of a Kafka broker',
    }
  }
  if (text === PROXY_PROTOCOL) {
    return {
      kind: text,
      message:
        'the client sent a PROXY protocol header, which Kafka brokers do not accept: turn it off in the proxy',
    }
  }
  return {
    kind: 'text',
    message: `the client sent text that starts with '${text}', which is not a Kafka request`,
  }
}

/** Returns the four bytes of a number as text, if all of them are printable. */
function asciiOf(number: number): string | undefined {
  const bytes = [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff]
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? String.fromCharCode(...bytes)
    : undefined
}
