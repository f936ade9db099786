import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { platformaticClient } from './support/drivers.ts'

describeClient(platformaticClient(inject('tools').node24))
