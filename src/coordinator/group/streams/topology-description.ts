import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupDescribe } from '../../../protocol/messages/89-streams-group-describe.ts'
import type { StreamsGroupTopologyDescriptionUpdate } from '../../../protocol/messages/93-streams-group-topology-description-update.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'

/** The nodes of a topology, for people to read (KIP-1331). */
export type TopologyDescription = NonNullable<
  ResponseBody<typeof StreamsGroupDescribe>['groups'][number]['topologyDescription']
>
type DescribedNode = TopologyDescription['globalStores'][number]['source']
type RequestDescription = RequestOf<
  typeof StreamsGroupTopologyDescriptionUpdate
>['topologyDescription']
type RequestNode = RequestDescription['globalStores'][number]['source']

/** The kinds of nodes, with their codes in requests. */
const NodeType = { Source: 1, Processor: 2, Sink: 3 } as const

/** Returns the description of a request, or INVALID_REQUEST if its nodes are not valid. */
export function parseDescription(request: RequestDescription): TopologyDescription | ApiError {
  const globalStores = request.globalStores.map(({ source, processor }) => ({
    source: nodeOf(source),
    processor: nodeOf(processor),
  }))
  const subtopologies = request.subtopologies.map(({ subtopologyId, nodes }) => ({
    subtopologyId,
    nodes: nodes.map(nodeOf),
  }))
  const unknown = [
    ...request.subtopologies.flatMap(({ nodes }) => nodes),
    ...request.globalStores.flatMap(({ source, processor }) => [source, processor]),
  ].find(({ nodeType }) => nodeType < NodeType.Source || nodeType > NodeType.Sink)
  if (unknown !== undefined) return invalid(`Unknown topology node type: ${unknown.nodeType}`)
  const hasOtherNodes = globalStores.some(
    ({ source, processor }) =>
      source.nodeType !== NodeType.Source || processor.nodeType !== NodeType.Processor,
  )
  return hasOtherNodes
    ? invalid('Global store must be composed of a source and a processor node.')
    : { subtopologies, globalStores }
}

/** Keeps the fields that nodes of this type have. */
function nodeOf({ name, nodeType, ...node }: RequestNode): DescribedNode {
  return {
    name,
    nodeType,
    sourceTopics: nodeType === NodeType.Source ? unique(node.sourceTopics) : [],
    sinkTopic: nodeType === NodeType.Sink ? node.sinkTopic : null,
    stores: nodeType === NodeType.Processor ? unique(node.stores) : [],
    successors: unique(node.successors),
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

function invalid(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}
