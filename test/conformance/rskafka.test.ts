import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { rskafkaClient } from './support/drivers.ts'

describeClient(rskafkaClient(inject('tools').rust))
