/**
 * How often members of groups send heartbeats with profile `test`, in milliseconds: members learn
 * of their partitions only then. ARCHITECTURE.md has the measurements.
 */
const HEARTBEAT_INTERVAL_MS = 20

/**
 * The session of a broker that the controller cannot reach, and how often Kafka's broker would send
 * heartbeats: at most half of it. A test can see the broker before it is fenced, and does not wait
 * long for the other leaders.
 */
const BROKER_SESSION_TIMEOUT_MS = 500

/** The presets that do not depend on other configs. */
const fixedPresets: Readonly<Record<string, string>> = {
  'group.initial.rebalance.delay.ms': '0',
  'group.streams.initial.rebalance.delay.ms': '0',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1',
  'transaction.remove.expired.transaction.cleanup.interval.ms': '1',
}

/**
 * Returns the presets of profile `test`, which make groups form and rebalance immediately, and
 * transactions time out when their time is over. They keep within the bounds that are configured,
 * so that a config which Kafka accepts is not refused because of a preset.
 *
 * @param configs the configs of the broker
 */
export function testPresets(
  configs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kinds = ['consumer', 'share', 'streams'].map((kind) => groupPresets(kind, configs))
  return Object.assign({ ...fixedPresets, ...sessionPresets(configs) }, ...kinds) as Record<
    string,
    string
  >
}

/** Kafka refuses a session that is shorter than two heartbeat intervals. */
function sessionPresets(configs: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['broker.session.timeout.ms', 'broker.heartbeat.interval.ms']
  if (names.some((name) => configs[name] !== undefined)) return {}
  const [timeout, interval] = names as [string, string]
  return {
    [timeout]: String(BROKER_SESSION_TIMEOUT_MS),
    [interval]: String(BROKER_SESSION_TIMEOUT_MS / 5),
  }
}

function groupPresets(
  kind: string,
  configs: Readonly<Record<string, string>>,
): Record<string, string> {
  const bound = (name: string): number | undefined => {
    const written = configs[`group.${kind}.${name}`]
    // The broker refuses to start if it is not a number.
    return written === undefined || !/^\s*\d+\s*$/.test(written) ? undefined : Number(written)
  }
  const maxMs = Math.min(
    bound('max.heartbeat.interval.ms') ?? Infinity,
    (bound('session.timeout.ms') ?? Infinity) - 1,
  )
  const minMs = bound('min.heartbeat.interval.ms') ?? 1
  const heartbeatMs = Math.max(minMs, Math.min(HEARTBEAT_INTERVAL_MS, maxMs))
  return {
    [`group.${kind}.assignment.interval.ms`]: String(bound('min.assignment.interval.ms') ?? 0),
    [`group.${kind}.heartbeat.interval.ms`]: String(heartbeatMs),
    [`group.${kind}.min.heartbeat.interval.ms`]: '1',
  }
}
