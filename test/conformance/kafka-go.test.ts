import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kafkaGoClient } from './support/drivers.ts'

describeClient(kafkaGoClient(inject('tools').go))
