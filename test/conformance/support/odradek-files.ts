import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '../../../src/index.ts'
import type { PartitionAnswers } from './partition-answers.ts'
import { askAll } from './partition-answers.ts'
import { replacePartition } from './partition-files.ts'
import { RawClient } from './raw-client.ts'

const FIRST_BROKER = '1'
const RESTARTS = 6

/** Returns the responses of our broker about partitions with the given files. */
export async function askOdradek(
  topic: string,
  logs: readonly { directory: string; logStartOffset?: number | undefined }[],
): Promise<PartitionAnswers[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'odradek-files-'))
  try {
    const topicId = await createTopic(dataDir, topic, logs.length)
    for (const [partition, files] of logs.entries()) {
      replacePartition(join(dataDir, FIRST_BROKER), { topic, partition, topicId }, files)
    }
    const cluster = await startCluster({ dataDir })
    try {
      const client = await RawClient.connect(cluster.brokers[0]!)
      const answers = await askEach(client, topic, logs.length)
      client.close()
      return answers
    } finally {
      await cluster.close()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Returns everything about the partitions of a topic, in order. */
export async function askEach(
  client: RawClient,
  topic: string,
  partitions: number,
): Promise<PartitionAnswers[]> {
  const answers: PartitionAnswers[] = []
  for (let partition = 0; partition < partitions; partition++) {
    answers.push(await askAll(client, topic, partition))
  }
  return answers
}

/**
 * Creates a topic whose leader epoch is above those in the files: a leader drops epochs that are
 * not below its own.
 */
async function createTopic(dataDir: string, topic: string, partitions: number): Promise<string> {
  let cluster = await startCluster({ dataDir })
  try {
    const client = await RawClient.connect(cluster.brokers[0]!)
    const topicId = await client.createTopic(topic, partitions, { 'retention.ms': -1 })
    for (let start = 0; start < RESTARTS; start++) {
      await cluster.close()
      cluster = await startCluster({ dataDir })
    }
    return topicId
  } finally {
    await cluster.close()
  }
}
