import { fileURLToPath } from 'node:url'
import type { Found, Tools } from '../setup/tools.ts'
import type { DriverClient } from './driver-client.ts'
import { connectDriver } from './driver-client.ts'
import type { Broker } from './broker.ts'
import type { ClientDescription } from './client.ts'
import { allCodecs, lacksTransactions } from './client.ts'
import { jvmOptions } from './java-tools.ts'

/** confluent-kafka from PyPI: librdkafka 2.16 with Python bindings. */
export function confluentClient(tool: Tools['python']): ProgramClient {
  return scriptClient('confluent-kafka 2.16.1', tool, 'python/confluent_driver.py')
}

/** kafka-python from PyPI: the protocol in pure Python. */
export function kafkaPythonClient(tool: Tools['python']): ProgramClient {
  return scriptClient('kafka-python 3.0.12', tool, 'python/kafka_python_driver.py')
}

/** @platformatic/kafka on Node 24, independent of the Node that runs the tests. */
export function platformaticClient(tool: Tools['node24']): ProgramClient {
  return {
    ...scriptClient('@platformatic/kafka 2.12.1', tool, 'node/platformatic.mjs'),
    lacks: {
      abortedAmongCommitted: 'it returns aborted records when a fetch has several transactions',
    },
  }
}

/** franz-go: a Go client whose groups rebalance cooperatively. */
export function franzGoClient(tool: Tools['go']): ProgramClient {
  return { ...goClient('franz-go 1.22.3', tool, 'franz-go'), transactionVersion: 2 }
}

/** sarama: IBM's Go client. */
export function saramaClient(tool: Tools['go']): ProgramClient {
  return goClient('sarama 1.61.1', tool, 'sarama')
}

/** kafka-go by segmentio, which opens a new connection for each generation of a group. */
export function kafkaGoClient(tool: Tools['go']): ProgramClient {
  return {
    ...goClient('kafka-go 0.4.51', tool, 'kafka-go'),
    lacks: {
      isolation: 'kafka-go also returns the records of aborted transactions',
      ...lacksTransactions('kafka-go has no transactional producer'),
      idempotence: 'kafka-go has no idempotent producer',
      emptyValue: 'a Reader of kafka-go reads an empty value as null',
      deleteRecords: 'kafka-go has no DeleteRecords',
    },
  }
}

/** rskafka: a Rust client without groups. */
export function rskafkaClient(tool: Tools['rust']): ProgramClient {
  const noGroups = 'rskafka has no consumer groups'
  const noConfigs = 'rskafka has no configs'
  return {
    ...driverClient('rskafka 0.6.0', tool, (found) => [found.executable]),
    lacks: {
      isolation: 'rskafka also returns the records of aborted transactions',
      ...lacksTransactions('rskafka has no transactional producer'),
      idempotence: 'rskafka has no idempotent producer',
      joinGroup: noGroups,
      consumeInGroup: noGroups,
      listGroups: noGroups,
      describeGroup: noGroups,
      committedOffsets: noGroups,
      deleteGroup: noGroups,
      describeConfig: noConfigs,
      alterConfig: noConfigs,
      createPartitions: 'rskafka has no CreatePartitions',
      describeCluster: 'rskafka does not tell the brokers',
    },
  }
}

/** One version of kafka-clients, the Java client of Apache Kafka. */
export function kafkaClientsClient(version: string, tools: Tools['kafkaClients']): ProgramClient {
  return {
    ...driverClient(`kafka-clients ${version}`, tools[version]!, (found) => [
      found.executable,
      ...jvmOptions(found.classpath),
      'Driver',
    ]),
    transactionVersion: Number.parseInt(version) >= 4 ? 2 : 1,
  }
}

/**
 * The same client, whose consumer groups use the protocol of KIP-848.
 *
 * @param lacks operations that it offers only with the classic protocol
 */
export function withConsumerProtocol(
  client: ProgramClient,
  lacks: ClientDescription['lacks'] = {},
): ClientDescription {
  return {
    ...client,
    lacks: { ...client.lacks, ...lacks },
    name: `${client.name}, group.protocol=consumer`,
    groupProtocol: 'consumer',
    connect: (broker) => client.connect(broker, { GROUP_PROTOCOL: 'consumer' }),
  }
}

/** A client that is a program of its own. */
export interface ProgramClient extends ClientDescription {
  /** @param env variables that the program gets */
  connect(
    broker: Pick<Broker, 'bootstrapServers'>,
    env?: Readonly<Record<string, string>>,
  ): Promise<DriverClient>
}

function scriptClient(
  name: string,
  tool: Found<{ executable: string }>,
  program: string,
): ProgramClient {
  const path = fileURLToPath(new URL(`../clients/${program}`, import.meta.url))
  return driverClient(name, tool, (found) => [found.executable, path])
}

function goClient(name: string, tool: Tools['go'], program: string): ProgramClient {
  return driverClient(name, tool, (found) => [`${found.directory}/${program}`])
}

/** Describes a client whose program is started with the command line that `command` returns. */
function driverClient<T>(
  name: string,
  tool: Found<T>,
  command: (found: T) => readonly [string, ...string[]],
): ProgramClient {
  return {
    name,
    missing: tool.missing,
    codecs: allCodecs,
    connect: async ({ bootstrapServers }, env = {}) => {
      if (tool.missing !== undefined) throw new Error(tool.missing)
      const [executable, ...args] = command(tool)
      return connectDriver(executable, [...args, bootstrapServers], env)
    },
  }
}
