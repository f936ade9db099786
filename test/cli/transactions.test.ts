import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { withClient } from '../../src/cli/with-client.ts'
import { KafkaClient } from '../../src/client/kafka-client.ts'
import type { Producer } from '../../src/client/producer/producer.ts'
import { systemNetwork } from '../../src/platform/network.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { SystemClock } from '../../src/platform/system-clock.ts'
import { AddPartitionsToTxn } from '../../src/protocol/messages/index.ts'
import { answering, InterceptedNetwork } from '../client/support/intercepted-network.ts'
import { Odradek, odradek, type Outcome } from './odradek.ts'

let broker: Odradek
let bootstrapServers: string

beforeAll(async () => {
  const config = 'transaction.partition.verification.enable=false'
  broker = new Odradek(['start', '--port', '0', '--log-level', 'error', '--config', config])
  await broker.prints('\n')
  bootstrapServers = (JSON.parse(broker.stdout) as { bootstrapServers: string }).bootstrapServers
})

afterAll(() => broker.end('SIGTERM'))

/** Runs a command on the broker. */
function run(command: string, input = ''): Promise<Outcome> {
  return odradek([...command.split(' '), '-b', bootstrapServers], input)
}

const network = new InterceptedNetwork((host, port) => systemNetwork.connect(host, port))

/** Opens a transaction with one record. */
async function open(transactionalId: string, topic: string): Promise<Producer> {
  const clock = new SystemClock()
  const client = new KafkaClient({ bootstrapServers }, { network, clock, random: systemRandom })
  onTestFinished(() => {
    client.close()
    clock.close()
  })
  const producer = client.producer({ transactionalId })
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic, partition: 0, value: Buffer.from('open') })
  return producer
}

describe('odradek transactions', () => {
  it('lists transactional ids, by state, producer, duration and pattern', async () => {
    await run('topics create listed')
    await open('list-1', 'listed')
    const second = await open('list-2', 'listed')
    await second.commitTransaction()
    const all = await run('transactions list --transactional-id-pattern list-.*')
    expect(all).toMatchObject({ code: 0, stderr: '' })
    expect(all.stdout).toMatch(
      /^TransactionalId Coordinator ProducerId TransactionState\nlist-1 +1 +\d+ +Ongoing\nlist-2 +1 +\d+ +CompleteCommit\n$/,
    )
    const ongoing = await run('transactions list --state Ongoing --json')
    const listed = JSON.parse(ongoing.stdout) as { producerId: number }
    expect(listed).toEqual({
      transactionalId: 'list-1',
      coordinator: 1,
      producerId: expect.any(Number) as number,
      transactionState: 'Ongoing',
    })
    const byProducer = await run(`transactions list --producer-id ${listed.producerId} --json`)
    expect(byProducer.stdout).toBe(ongoing.stdout)
    const long = await run('transactions list --duration-filter 3600000 --json')
    expect(long.stdout).not.toContain('list-1')
    expect((await run('transactions list --state Open')).stderr).toMatch(
      /^odradek: there is no transaction state 'Open'\. States are Empty, Ongoing, .*\n$/,
    )
  })

  it('describes transactional ids and the producers of a partition', async () => {
    await run('topics create described')
    await open('describe-1', 'described')
    const { stdout } = await run('transactions describe describe-1')
    const [titles, row] = stdout.split('\n')
    expect(titles).toBe(
      'CoordinatorId TransactionalId ProducerId ProducerEpoch TransactionState TransactionTimeoutMs CurrentTransactionStartTimeMs TransactionDurationMs TopicPartitions',
    )
    expect(row).toMatch(/^1 +describe-1 +\d+ +0 +Ongoing +60000 +\d+ +\d+ +described-0$/)
    const producers = await run('transactions describe-producers described --partition 0 --json')
    expect(JSON.parse(producers.stdout)).toMatchObject({
      producerEpoch: 0,
      latestCoordinatorEpoch: null,
      lastSequence: 0,
      currentTransactionStartOffset: 0,
    })
    expect((await run('transactions describe nobody')).stderr).toBe(
      'odradek: transactional id nobody: TRANSACTIONAL_ID_NOT_FOUND: The transactionalId could not be found. Check its name, and that it has not expired: list the transactional ids.\n',
    )
  })

  it('aborts the open transaction of a transactional id', async () => {
    await run('topics create aborted')
    const producer = await open('abort-1', 'aborted')
    expect(await run('transactions abort abort-1')).toEqual({
      code: 0,
      stdout: 'Aborted the transaction of abort-1, and fenced its producers.\n',
      stderr: '',
    })
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    expect((await run('transactions abort abort-1')).stderr).toMatch(
      /^odradek: transactional id abort-1 has no open transaction: its state is \w+\n$/,
    )
  })

  it('finds a hanging transaction and aborts it', async () => {
    await run('topics create hung')
    // The coordinator does not learn of the partition, as with a bug of a client before KIP-890.
    network.verdict = answering(AddPartitionsToTxn, ({ v3AndBelowTopics }) => ({
      throttleTimeMs: 0,
      errorCode: 0,
      resultsByTransaction: [],
      resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: 0,
        })),
      })),
    }))
    onTestFinished(() => {
      network.verdict = () => undefined
    })
    await disableVersion2()
    await open('hang-1', 'hung')
    const recent = await run('transactions find-hanging --topic hung --json')
    expect(recent.stdout).toBe('')
    const find = 'transactions find-hanging --topic hung --max-transaction-timeout 0 --json'
    let found = await run(find)
    while (found.stdout === '') found = await run(find)
    expect(JSON.parse(found.stdout)).toMatchObject({
      topic: 'hung',
      partition: 0,
      startOffset: 0,
      coordinatorEpoch: -1,
    })
    const { producerId } = JSON.parse(found.stdout) as { producerId: number }
    const abort = 'transactions abort --topic hung --partition 0 --start-offset'
    expect((await run(`${abort} 7`)).stderr).toMatch(
      /^odradek: no open transaction in hung-0 starts at offset 7: /,
    )
    expect((await run(`${abort} 0`)).stdout).toBe(
      `Aborted the transaction of producer ${producerId} in hung-0.\n`,
    )
    expect((await run(find)).stdout).toBe('')
  })

  it.each([
    ['find-hanging', /nothing to search: use --topic or --broker-id/],
    ['find-hanging --broker-id 1 --partition 0', /--partition needs --topic/],
    ['abort', /abort needs either a transactional id, or --topic and --partition/],
    ['abort t --topic orders', /abort needs either a transactional id, or --topic and --partition/],
    ['abort --topic orders', /--topic needs --partition/],
    ['abort --topic orders --partition 0', /add --start-offset, or all of --producer-id, /],
    ['describe', /missing required argument/],
    ['describe-producers orders', /--partition <number>' not specified/],
    ['frobnicate', /frobnicate/],
  ])("refuses '%s' in one line", async (command, reason) => {
    const { code, stdout, stderr } = await run(`transactions ${command}`)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(reason)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('the isolation of records', () => {
  it('hides an open transaction from read_committed, and one produce is one transaction', async () => {
    await run('topics create isolated')
    const read = (level: string): Promise<Outcome> =>
      run(`consume isolated -e --isolation-level ${level}`)
    const produced = await run('produce isolated --transactional-id loader', 'a\nb\n')
    expect(produced).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await run('transactions describe loader')).stdout).toContain('CompleteCommit')
    const producer = await open('isolated-1', 'isolated')
    expect((await read('read_committed')).stdout).toBe('a\nb\n')
    expect((await read('read_uncommitted')).stdout).toBe('a\nb\nopen\n')
    await producer.abortTransaction()
    expect((await read('read_committed')).stdout).toBe('a\nb\n')
  })

  it('aborts the transaction of a produce that fails', async () => {
    await run('topics create failing')
    const broken = await run('produce failing -p 9 --transactional-id failing', 'a\n')
    expect(broken).toMatchObject({ code: 1, stdout: '' })
    expect(broken.stderr).toContain('failing has no partition 9')
    const refused = await run('produce failing --acks 1 --transactional-id failing', 'a\n')
    expect(refused.stderr).toBe('odradek: --transactional-id needs --acks all: omit --acks\n')
    expect((await run('transactions describe failing')).stdout).not.toContain('Ongoing')
    const tooLong = 'produce failing --transactional-id failing --transaction-timeout 900001'
    expect((await run(tooLong, 'a\n')).stderr).toMatch(
      /INVALID_TRANSACTION_TIMEOUT.*\. Set a shorter transaction timeout\.\n$/,
    )
  })
})

/** Makes clients use AddPartitionsToTxn. */
async function disableVersion2(): Promise<void> {
  const update = {
    feature: 'transaction.version',
    level: 1,
    upgradeType: 'safeDowngrade',
  } as const
  await withClient(bootstrapServers, (client) => client.admin.features.update([update]))
}
