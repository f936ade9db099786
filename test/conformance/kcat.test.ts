import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kcatClient } from './support/kcat-client.ts'

describeClient(kcatClient(inject('tools').kcat))
