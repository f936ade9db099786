import { describe } from 'vitest'
import type { ClientDescription } from '../support/client.ts'
import { adminScenarios } from './admin.ts'
import { groupScenarios } from './groups.ts'
import { recordScenarios } from './records.ts'
import { useScene } from './scene.ts'
import { offsetScenarios, transactionScenarios } from './transactions.ts'

/** Defines the scenarios of a client, with its own broker. */
export function describeClient(client: ClientDescription): void {
  const { name, missing } = client
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`
  describe.skipIf(missing !== undefined)(title, () => {
    const scene = useScene(client)
    groupScenarios(scene)
    if (client.groupProtocol === 'consumer') {
      offsetScenarios(scene)
      return
    }
    recordScenarios(scene)
    adminScenarios(scene)
    transactionScenarios(scene)
  })
}
