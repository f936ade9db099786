import type { Tools } from '../setup/tools.ts'
import { runJavaTool, toolOptions } from './java-tools.ts'
import type { SeenRecord } from './partition-answers.ts'

const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
const nullMarker = '<null>'
const format = [
  'print.timestamp=true',
  'print.partition=true',
  'print.offset=true',
  'print.headers=true',
  'print.key=true',
  `null.literal=${nullMarker}`,
]

/** What Kafka's Java consumer reads from the beginning of a topic, by partition; text without tabs, commas and colons only. */
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
      'timeout-ms': 20_000,
    }),
    ...format.flatMap((property) => ['--formatter-property', property]),
  ])
  const byPartition = new Map<number, SeenRecord[]>()
  for (const line of said.split('\n').filter((text) => text.includes('\tOffset:'))) {
    const { partition, record } = recordOf(line)
    const records = byPartition.get(partition) ?? []
    byPartition.set(partition, records)
    records.push(record)
  }
  return byPartition
}

function recordOf(line: string): { partition: number; record: SeenRecord } {
  const [timestamp, partition, offset, headers, key, value] = line.split('\t')
  const pairs = headers === 'NO_HEADERS' ? [] : headers!.split(',')
  return {
    partition: afterColon(partition!),
    record: {
      offset: afterColon(offset!),
      timestamp: timestamp === 'NO_TIMESTAMP' ? -1 : afterColon(timestamp!),
      key: hexOf(key!),
      value: hexOf(value!),
      headers: pairs.map((pair) => {
        const at = pair.indexOf(':')
        return [pair.slice(0, at), hexOf(pair.slice(at + 1))] as const
      }),
    },
  }
}

function afterColon(text: string): number {
  return Number(text.slice(text.indexOf(':') + 1))
}

function hexOf(text: string): string | null {
  return text === nullMarker ? null : Buffer.from(text).toString('hex')
}
