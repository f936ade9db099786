import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, test } from 'vitest'
import { startBroker } from '../support/broker.ts'
import type { Broker } from '../support/broker.ts'
import type { ClientDescription, ConnectedClient } from '../support/client.ts'
import { Fixture } from '../support/fixture.ts'

/**
 * A broker, and the client under test connected to it; available from `beforeAll` to `afterAll`.
 */
export interface Scene {
  readonly description: ClientDescription
  readonly broker: Broker
  readonly client: ConnectedClient
  readonly fixture: Fixture
}

const config = {
  // Otherwise a client that requests a topic just after its deletion creates it again, and
  // librdkafka always does.
  'auto.create.topics.enable': false,
  // Otherwise Kafka aborts a transaction up to 10 s after its timeout.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
}

/** Starts a broker for the tests of the surrounding `describe`, and connects the client to it. */
export function useScene(description: ClientDescription): Scene {
  let broker: Broker | undefined
  let client: ConnectedClient | undefined
  let fixture: Fixture | undefined
  beforeAll(async () => {
    broker = await startBroker({ config })
    fixture = new Fixture(broker.bootstrapServers)
    await fixture.connect()
    client = await description.connect(broker)
  })
  afterAll(async () => {
    await client?.close()
    await fixture?.close()
    await broker?.stop()
  })
  return {
    description,
    get broker() {
      return broker!
    },
    get client() {
      return client!
    },
    get fixture() {
      return fixture!
    },
  }
}

type Need = keyof NonNullable<ClientDescription['lacks']>

/** Defines a test. It is skipped, with the reason, for a client that lacks an operation. */
export function scenario(
  scene: Scene,
  needs: readonly Need[],
  title: string,
  body: () => Promise<void>,
): void {
  const { lacks } = scene.description
  const reason = needs.map((need) => lacks?.[need]).find((lack) => lack !== undefined)
  const isSkipped = reason !== undefined
  test.skipIf(isSkipped)(isSkipped ? `${title} (skipped: ${reason})` : title, body)
}

/** Returns a unique name. */
export function uniqueName(word: string): string {
  return `${word}-${randomUUID().slice(0, 8)}`
}

/** Returns `value-0`, `value-1`, … as records with keys. */
export function numbered(count: number, from = 0): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `key-${from + index}`,
    value: `value-${from + index}`,
  }))
}
