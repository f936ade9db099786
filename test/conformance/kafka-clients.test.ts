import { inject } from 'vitest'
import { describeClient } from './suite/describe-client.ts'
import { kafkaClientsClient } from './support/drivers.ts'

const tools = inject('tools').kafkaClients

for (const version of Object.keys(tools)) describeClient(kafkaClientsClient(version, tools))
