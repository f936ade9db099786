import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { platformaticClient, withConsumerProtocol } from './support/drivers.ts'

const client = platformaticClient(inject('tools').node24)

describeClient(client)
describeClient(
  withConsumerProtocol(client, {
    transform: 'it sends offsets to a transaction with epoch 0, which Kafka refuses too',
  }),
)
