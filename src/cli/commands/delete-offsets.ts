import type { Command } from 'commander'
import { partitionsSpec, repeatable } from '../arguments.ts'
import type { PartitionsSpec } from '../arguments.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import { groupByTopic } from '../../client/topic-partition.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { explain, forEachItem } from '../each-item.ts'
import { hasMembers, unknownGroup } from '../group-problems.ts'
import { selectedPartitions } from '../selected-partitions.ts'
import { withClient } from '../with-client.ts'

const EXAMPLES = `
The members of the group must not be subscribed to the topics. A share group must have no members,
and its offsets are deleted for whole topics.

Examples:
  odradek groups delete-offsets checker --topic orders
  odradek groups delete-offsets checker --topic orders:0,1 --topic payments`

interface DeleteOptions extends BootstrapOption {
  readonly topic?: PartitionsSpec[]
}

/** `odradek groups delete-offsets` */
export function addDeleteOffsets(groups: Command): void {
  groups
    .command('delete-offsets')
    .description('Delete offsets of a group.')
    .argument('<group>')
    .requiredOption(
      '--topic <topic[:partition,...]>',
      'partitions whose offsets are deleted; repeatable',
      repeatable(partitionsSpec),
    )
    .addHelpText('after', EXAMPLES)
    .action((groupId: string, _options, leaf: Command) =>
      deleteOffsets(groupId, leaf.optsWithGlobals()),
    )
}

async function deleteOffsets(
  groupId: string,
  { bootstrapServer, topic: specs = [] }: DeleteOptions,
): Promise<void> {
  await withClient(bootstrapServer, async (client) => {
    const { groups } = client.admin
    const group = await groups.describe(groupId)
    if (group === undefined) throw new CliError(unknownGroup(groupId))
    const isNotEmpty = [ErrorCode.NonEmptyGroup, hasMembers(groupId)] as const
    if (group.type !== 'share') {
      const topics = groupByTopic(await selectedPartitions(client, specs), (partition) => partition)
      return forEachItem(topics, ({ name, partitions }) => {
        const subscribed = `members of group ${groupId} are subscribed to topic ${name}: stop them first`
        const messages = new Map([isNotEmpty, [ErrorCode.GroupSubscribedToTopic, subscribed]])
        return groups.deleteOffsets(groupId, partitions).catch(explain(messages))
      })
    }
    const partial = specs.find(({ partitions }) => partitions !== undefined)
    if (partial !== undefined) {
      throw new CliError(
        `${groupId} is a share group: its offsets can only be deleted for the whole topic ${partial.topic}`,
      )
    }
    const topics = specs.map(({ topic }) => topic)
    return groups.deleteShareOffsets(groupId, topics).catch(explain(new Map([isNotEmpty])))
  })
}
