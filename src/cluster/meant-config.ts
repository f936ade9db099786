import { brokerConfigs } from '../controller/config/broker-configs.ts'
import { topicConfigs } from '../controller/config/topic-configs.ts'
import { topicConfigSynonyms } from '../controller/config/topic-synonyms.ts'
import { closestName } from './closest-name.ts'

const brokerNames = Object.keys(brokerConfigs)
const topicNames = Object.keys(topicConfigs)

/** Returns the broker config that was probably meant by an unknown name. */
export function meantBrokerConfig(name: string): string | undefined {
  return (
    topicConfigSynonyms.get(name) ??
    closestName(name, brokerNames) ??
    topicConfigSynonyms.get(closestName(name, topicNames) ?? '')
  )
}

/** Returns the topic config that was probably meant by an unknown name. */
export function meantTopicConfig(name: string): string | undefined {
  return topicConfigOf(name) ?? closestName(name, topicNames)
}

/** Returns the topic config whose default is the broker config. */
function topicConfigOf(brokerName: string): string | undefined {
  return topicNames.find((name) => topicConfigSynonyms.get(name) === brokerName)
}
