import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * ListGroups (16): the groups that a broker coordinates.
 *
 *   v3  flexible
 *   v4  groups by state (KIP-518)
 *   v5  groups by type (KIP-848)
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
