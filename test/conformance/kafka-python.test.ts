import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kafkaPythonClient } from './support/drivers.ts'

describeClient(kafkaPythonClient(inject('tools').python))
