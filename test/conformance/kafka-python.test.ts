import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kafkaPythonClient } from './support/agents.ts'

describeClient(kafkaPythonClient(inject('tools').python))
