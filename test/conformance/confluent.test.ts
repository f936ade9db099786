import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { confluentClient, withConsumerProtocol } from './support/drivers.ts'

const client = confluentClient(inject('tools').python)

describeClient(client)
describeClient(withConsumerProtocol(client))
