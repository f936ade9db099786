import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { confluentClient } from './support/drivers.ts'

describeClient(confluentClient(inject('tools').python))
