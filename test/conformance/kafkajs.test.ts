import { describeClient } from './suite/describe-client.ts'
import { kafkajsClient, kafkajsInProcessClient } from './support/kafkajs-client.ts'

describeClient(kafkajsClient)
describeClient(kafkajsInProcessClient)
