import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { javaClient } from './support/java-client.ts'

describeClient(javaClient(inject('tools').java))
