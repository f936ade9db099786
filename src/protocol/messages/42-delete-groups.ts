import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * DeleteGroups (42): deletes groups that have no members (KIP-229).
 *
 *   v2  flexible
 *   v3  error messages
 */
export const DeleteGroups = api(
  42,
  'DeleteGroups',
  { versions: [0, 3], flexible: 2 },
  {
    request: {
      groupsNames: array(string),
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        groupId: string,
        errorCode: int16,
        errorMessage: string.since(3).nullable().default(null),
      }),
    },
  },
)
