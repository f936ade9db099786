/** Returns `host:port` as Kafka writes it: an IPv6 address is in brackets. */
export function addressText({
  host,
  port,
}: {
  readonly host: string
  readonly port: number
}): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
