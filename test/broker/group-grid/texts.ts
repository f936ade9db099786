import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { ExchangeTexts, type TextFields } from '../grid/exchange-texts.ts'

const fields: TextFields = {
  names: new Set([
    'groupId',
    'groupIds',
    'groups',
    'groupsNames',
    'coordinatorKeys',
    'key',
    'name',
    'topic',
    'topicName',
    'topicNames',
    'subscribedTopicNames',
    'subscribedTopicRegex',
    'sourceTopics',
    'repartitionSinkTopics',
    'resourceName',
  ]),
  unchanged: new Set(['configs', 'protocols', 'clientTags', 'topicConfigs', 'copartitionGroups']),
  omitted: new Set(['throttleTimeMs', 'currentLeader', 'port', 'nodeEndpoints']),
  optional: new Set([
    'authorizedOperations',
    'clientTags',
    'copartitionGroups',
    'errorMessage',
    'groupInstanceId',
    'instanceId',
    'rackId',
    'reason',
    'retentionTimeMs',
    'serverAssignor',
    'sourceTopicRegex',
    'subscribedTopicRegex',
    'topicConfigs',
    'topicId',
    'userEndpoint',
  ]),
}
const memberIdFields: ReadonlySet<string> = new Set(['memberId', 'leader'])
/** The ids that brokers generate: 16 bytes in hexadecimal digits or in Base64. */
const generatedId = /^(.*-)?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$|^[\w-]{22}$/

/**
 * Writes requests and responses as {@link ExchangeTexts} do, with the member ids that the broker
 * has generated numbered in the order of their appearance.
 */
export class GroupTexts extends ExchangeTexts {
  #generatedIds = 0

  constructor(prefix: string) {
    super(prefix, fields)
  }

  protected override bytes(value: Uint8Array, field: string): string {
    if (field !== 'records') return super.bytes(value, field)
    return [...batchesOf(value)]
      .map((batch) => {
        const values = [...recordsOf(batch)].map((record) =>
          Buffer.from(record.value ?? '').toString(),
        )
        return `${batch.baseOffset} ${batch.isControl ? 'marker' : values.join(',')};`
      })
      .join(' ')
  }

  protected override string(value: string, field: string): string {
    if (memberIdFields.has(field) && generatedId.test(value) && !this.isNamed(value)) {
      this.nameId(value, `m${++this.#generatedIds}`)
    }
    return super.string(value, field)
  }
}
