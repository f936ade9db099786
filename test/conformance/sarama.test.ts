import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { saramaClient } from './support/drivers.ts'

describeClient(saramaClient(inject('tools').go))
