import { expect, test } from 'vitest'
import { Delays } from '../../src/broker/delays.ts'
import {
  TransactionVerifier,
  type TransactionOperation,
  type Verification,
} from '../../src/broker/transaction-verifier.ts'
import { ManualClock } from '../../src/index.ts'
import { VerificationGuard } from '../../src/log/producer/verification-guard.ts'
import { ApiError } from '../../src/protocol/api-error.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { isPending, settle } from './support.ts'

interface Config {
  'transaction.partition.verification.enable': boolean
  'add.partitions.to.txn.retry.backoff.ms': number
  'add.partitions.to.txn.retry.backoff.max.ms': number
  'request.timeout.ms': number
}

/** The verifier of a broker, with a coordinator that a test decides. */
class Kit {
  readonly clock = new ManualClock()
  readonly delays = new Delays(this.clock)
  readonly config: Config = {
    'transaction.partition.verification.enable': true,
    'add.partitions.to.txn.retry.backoff.ms': 20,
    'add.partitions.to.txn.retry.backoff.max.ms': 100,
    'request.timeout.ms': 30_000,
  }
  /** The broker of the coordinator; `undefined` if it has no leader. */
  coordinator: number | undefined = 2
  /** Partitions in which the producer has an open transaction. */
  readonly open = new Set<string>()
  /** Partitions that this broker does not lead. */
  readonly foreign = new Set<string>()
  /** The errors of the coordinator by partition. */
  errors: Record<string, ErrorCode> = {}
  response: { errorCode: ErrorCode } | 'none' = { errorCode: ErrorCode.None }
  readonly sent: { to: number; version: number; body: unknown }[] = []
  readonly verifier = new TransactionVerifier({
    image: {
      topics: new Map(),
      partition: () => (this.coordinator === undefined ? undefined : { leader: this.coordinator }),
      isAlive: (id: number) => id === 2,
    } as never,
    config: {
      boolean: (name: keyof Config) => this.config[name],
      number: (name: keyof Config) => this.config[name] ?? 50,
    } as never,
    replicas: { leader: (topic, partition) => this.#leader(`${topic}-${partition}`) as never },
    peers: { send: (to, _api, version, body) => this.#answer(to, version, body) as never },
    delays: this.delays,
    clock: this.clock,
  })

  verify(operation: TransactionOperation, ...partitions: string[]) {
    return this.verifier.verify(transaction, partitions.map(written), operation)
  }

  verifyPatiently(operation: TransactionOperation, ...partitions: string[]) {
    return this.verifier.verifyPatiently(transaction, partitions.map(written), operation)
  }

  #leader(name: string) {
    if (this.foreign.has(name)) return ApiError.of(ErrorCode.NotLeaderOrFollower)
    const startVerification = (batch: never, supportsEpochBump: boolean) =>
      this.open.has(name) ? undefined : new VerificationGuard(0, batch, supportsEpochBump)
    return { log: { producers: { startVerification } } }
  }

  #answer(to: number, version: number, body: unknown) {
    this.sent.push({ to, version, body })
    if (this.response === 'none') return undefined
    const { transactions } = body as {
      transactions: { topics: { name: string; partitions: number[] }[] }[]
    }
    const topicResults = transactions[0]!.topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: this.errors[`${name}-${partitionIndex}`] ?? ErrorCode.None,
      })),
    }))
    return { ...this.response, resultsByTransaction: [{ transactionalId: 'bank', topicResults }] }
  }
}

const transaction = { transactionalId: 'bank', producerId: 7, producerEpoch: 3 }

function written(name: string) {
  const [topic, partition] = name.split('-')
  return { topic: topic!, partition: Number(partition), baseSequence: 0 }
}

/** Returns `guard`, nothing, or the name of the error. */
function short(results: readonly Verification[]) {
  return results.map((result) =>
    result instanceof ApiError ? result.errorCode : result && ('guard' as const),
  )
}

test('one request for all partitions, only to verify; the result is there at once', () => {
  const kit = new Kit()
  const results = kit.verify('verify', 'a-0', 'a-1', 'b-0')
  expect(short(results as Verification[])).toEqual(['guard', 'guard', 'guard'])
  expect(kit.sent).toMatchObject([
    {
      to: 2,
      version: 5,
      body: {
        transactions: [
          {
            ...transaction,
            verifyOnly: true,
            topics: [
              { name: 'a', partitions: [0, 1] },
              { name: 'b', partitions: [0] },
            ],
          },
        ],
      },
    },
  ])
})

test('with transaction version 2 the partitions are added', () => {
  const kit = new Kit()
  const [guard] = kit.verify('add', 'a-0') as [VerificationGuard]
  expect(guard.supportsEpochBump).toBe(true)
  expect(kit.sent).toMatchObject([{ body: { transactions: [{ verifyOnly: false }] } }])
})

test('a partition with an open transaction, or with another leader, is not asked for', () => {
  const kit = new Kit()
  kit.open.add('a-0')
  kit.foreign.add('a-1')
  expect(short(kit.verify('verify', 'a-0', 'a-1') as Verification[])).toEqual([
    undefined,
    undefined,
  ])
  expect(kit.sent).toEqual([])
  void kit.verify('verify', 'a-0', 'a-2')
  expect(kit.sent).toMatchObject([
    { body: { transactions: [{ topics: [{ name: 'a', partitions: [2] }] }] } },
  ])
})

test('without transaction.partition.verification.enable partitions are only added', () => {
  const kit = new Kit()
  kit.config['transaction.partition.verification.enable'] = false
  expect(kit.verify('verifyAbortable', 'a-0')).toEqual([undefined])
  expect(kit.sent).toEqual([])
  expect(short(kit.verify('add', 'a-0') as Verification[])).toEqual(['guard'])
})

test('without a coordinator, or with a dead one: COORDINATOR_NOT_AVAILABLE', () => {
  const kit = new Kit()
  for (const coordinator of [undefined, -1, 3]) {
    kit.coordinator = coordinator
    const results = kit.verify('verify', 'a-0') as Verification[]
    expect(short(results)).toEqual([ErrorCode.CoordinatorNotAvailable])
  }
})

test('a coordinator that does not answer: NETWORK_EXCEPTION', () => {
  const kit = new Kit()
  kit.response = 'none'
  expect(short(kit.verify('verify', 'a-0') as Verification[])).toEqual([ErrorCode.NetworkException])
})

test('an error of the whole request is that of each partition', () => {
  const kit = new Kit()
  kit.response = { errorCode: ErrorCode.ClusterAuthorizationFailed }
  // A client must not see that a broker was not authorized.
  expect(short(kit.verify('verify', 'a-0') as Verification[])).toEqual([ErrorCode.InvalidTxnState])
  kit.response = { errorCode: ErrorCode.InvalidRequest }
  expect(short(kit.verify('verify', 'a-0') as Verification[])).toEqual([ErrorCode.InvalidRequest])
})

test.each([
  ['verify', ErrorCode.InvalidTxnState],
  ['verifyAbortable', ErrorCode.TransactionAbortable],
  ['add', ErrorCode.TransactionAbortable],
] as const)('%s: TRANSACTION_ABORTABLE becomes error %i', (operation, expected) => {
  const kit = new Kit()
  kit.errors = { 'a-1': ErrorCode.TransactionAbortable }
  const results = kit.verify(operation, 'a-0', 'a-1') as Verification[]
  expect(short(results)).toEqual(['guard', expected])
})

test('PRODUCER_FENCED becomes INVALID_PRODUCER_EPOCH, which producers expect', () => {
  const kit = new Kit()
  kit.errors = { 'a-0': ErrorCode.ProducerFenced }
  const results = kit.verify('verify', 'a-0') as Verification[]
  expect(short(results)).toEqual([ErrorCode.InvalidProducerEpoch])
})

test('CONCURRENT_TRANSACTIONS is tried again every 20 ms, when partitions are added', async () => {
  const kit = new Kit()
  kit.errors = { 'a-0': ErrorCode.ConcurrentTransactions }
  const results = kit.verifyPatiently('add', 'a-0') as Promise<Verification[]>
  await kit.clock.advance(40)
  expect(await isPending(results)).toBe(true)
  expect(kit.sent).toHaveLength(3)
  kit.errors = {}
  await kit.clock.advance(20)
  expect(short(await results)).toEqual(['guard'])
})

test('after 100 ms CONCURRENT_TRANSACTIONS is the result', async () => {
  const kit = new Kit()
  kit.errors = { 'a-0': ErrorCode.ConcurrentTransactions }
  const results = kit.verifyPatiently('add', 'a-0') as Promise<Verification[]>
  await kit.clock.advance(99)
  expect(await isPending(results)).toBe(true)
  await kit.clock.advance(1)
  expect(short(await results)).toEqual([ErrorCode.ConcurrentTransactions])
  expect(kit.sent).toHaveLength(6)
})

test('CONCURRENT_TRANSACTIONS is not tried again when partitions are only verified', () => {
  const kit = new Kit()
  kit.errors = { 'a-0': ErrorCode.ConcurrentTransactions }
  const results = kit.verifyPatiently('verifyAbortable', 'a-0') as Verification[]
  expect(short(results)).toEqual([ErrorCode.ConcurrentTransactions])
})

test('a broker that closes ends the attempts', async () => {
  const kit = new Kit()
  kit.errors = { 'a-0': ErrorCode.ConcurrentTransactions }
  const results = kit.verifyPatiently('add', 'a-0') as Promise<Verification[]>
  kit.delays.close()
  await settle()
  expect(short(await results)).toEqual([ErrorCode.ConcurrentTransactions])
})
