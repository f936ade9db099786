import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { franzGoClient, withConsumerProtocol } from './support/drivers.ts'

const client = franzGoClient(inject('tools').go)

describeClient(client)
describeClient(withConsumerProtocol(client))
