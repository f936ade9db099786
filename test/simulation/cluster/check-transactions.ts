import { agree, disagree } from '../agree.ts'
import type { Client } from './client/client.ts'
import {
  describeTransaction,
  listTransactions,
  restingStates,
  type DescribedTransaction,
} from './client/transaction-observers.ts'
import type { World } from './world.ts'

/** The longest that a transaction stays open when no more faults happen, in milliseconds. */
const MAX_OPEN_MS = 40_000

export type DescribedTransactions = ReadonlyMap<string, DescribedTransaction>

/** Waits until no transaction is open. */
export async function untilTransactionsRest(world: World, client: Client): Promise<void> {
  const untilMs = world.time.nowMs + MAX_OPEN_MS
  for (const id of world.model.transactions.ids.values()) {
    for (;;) {
      const described = await describeTransaction(client, id)
      if (described === undefined || restingStates.has(described.transactionState)) break
      if (world.time.nowMs > untilMs) {
        const isAborting = described.transactionState === 'PrepareAbort'
        if (isAborting && world.model.transactions.mayBeBlocked(id, world.time.nowMs)) break
        disagree(`${id.name} stays in state ${described.transactionState}`)
      }
      await world.time.pass(500)
    }
  }
}

/** Returns the state of all transactional ids. It must be the same after a restart. */
export async function describeAll(world: World, client: Client): Promise<DescribedTransactions> {
  const all = new Map<string, DescribedTransaction>()
  for (const id of world.model.transactions.ids.values()) {
    const described = await describeTransaction(client, id)
    if (described !== undefined) all.set(id.name, described)
  }
  if (all.size > 0) await checkListed(world, client, all)
  return all
}

async function checkListed(
  world: World,
  client: Client,
  all: DescribedTransactions,
): Promise<void> {
  const listed = new Map<string, string>()
  for (const brokerId of world.cluster.brokerIds) {
    const found = await listTransactions(client, world.cluster.portOf(brokerId))
    for (const [id, state] of found ?? []) listed.set(id, state)
  }
  for (const [id, { transactionState }] of all) {
    agree(`the listed state of ${id}`, listed.get(id), transactionState)
  }
}
