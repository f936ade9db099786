import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kafkaClientsClient, withConsumerProtocol } from './support/drivers.ts'

const tools = inject('tools').kafkaClients
/** The first version whose consumer protocol is stable. */
const FIRST_CONSUMER_PROTOCOL = 4

for (const version of Object.keys(tools)) {
  const client = kafkaClientsClient(version, tools)
  describeClient(client)
  if (Number.parseInt(version) >= FIRST_CONSUMER_PROTOCOL) {
    describeClient(withConsumerProtocol(client))
  }
}
