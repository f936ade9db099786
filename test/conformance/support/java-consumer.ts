import type { Tools } from '../setup/tools.ts'
import { consoleFormat, consoleRecord, type ConsoleRecord } from './console-consumer.ts'
import { runJavaTool, toolOptions } from './java-tools.ts'
import type { SeenRecord } from './partition-answers.ts'
import { waitMs } from './patience.ts'

const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer'

/**
 * Returns what Kafka's Java consumer reads from the start of a topic, by partition. Texts must not
 * contain tabs, commas and colons.
 */
export async function consumeWithJava(
  java: Tools['java'],
  bootstrapServers: string,
  topic: string,
  isolation: 'read_uncommitted' | 'read_committed',
  count: number,
): Promise<Map<number, SeenRecord[]>> {
  const said = await runJavaTool(java, tool, [
    '--from-beginning',
    ...toolOptions({
      'bootstrap-server': bootstrapServers,
      topic,
      'isolation-level': isolation,
      'max-messages': count,
      'timeout-ms': waitMs,
    }),
    ...consoleFormat,
  ])
  const byPartition = new Map<number, SeenRecord[]>()
  for (const line of said.split('\n').filter((text) => text.includes('\tOffset:'))) {
    const record = consoleRecord(line)
    const records = byPartition.get(record.partition) ?? []
    byPartition.set(record.partition, records)
    records.push(inHex(record))
  }
  return byPartition
}

function inHex({ offset, timestamp, key, value, headers }: ConsoleRecord): SeenRecord {
  return {
    offset,
    timestamp,
    key: hexOf(key),
    value: hexOf(value),
    headers: headers.map(([name, header]) => [name, hexOf(header)]),
  }
}

function hexOf(text: string | null): string | null {
  return text === null ? null : Buffer.from(text).toString('hex')
}
