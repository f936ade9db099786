/** Nothing is cleaned during the test, however old the records are. */
const compact = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '9223372036854775807' }

/** The configs of the grid's topics, by name. */
export const topics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  'append-time': { 'message.timestamp.type': 'LogAppendTime' },
  compact,
  'compact-append-time': {
    ...compact,
    'message.timestamp.type': 'LogAppendTime',
  },
  bounded: {
    'message.timestamp.before.max.ms': '7200000',
    'message.timestamp.after.max.ms': '7200000',
  },
  small: { 'max.decompressed.message.bytes': '100' },
  uncompressed: { 'compression.type': 'uncompressed' },
  gzip: { 'compression.type': 'gzip' },
  'zstd-append-time': {
    'compression.type': 'zstd',
    'message.timestamp.type': 'LogAppendTime',
  },
  'lz4-compact': { ...compact, 'compression.type': 'lz4' },
}
