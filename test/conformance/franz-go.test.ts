import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { franzGoClient } from './support/drivers.ts'

describeClient(franzGoClient(inject('tools').go))
