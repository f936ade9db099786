import { describeClient } from './suite/describe-client.ts'
import { kafkajsClient } from './support/kafkajs-client.ts'

describeClient(kafkajsClient())
