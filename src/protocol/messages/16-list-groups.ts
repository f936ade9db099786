import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * ListGroups (16): ListGroups.
 */
export const ListGroups = api(
  16,
  'ListGroups',
  { versions: [0, 5], flexible: 3 },
  {
    request: {
      statesFilter: array(string).since(4),
      typesFilter: array(string).since(5),
    },
    response: {
      throttleTimeMs: int32.since(1),
      errorCode: int16,
      groups: array({
        groupId: string,
        protocolType: string,
        groupState: string.since(4),
        groupType: string.since(5),
      }),
    },
  },
)
