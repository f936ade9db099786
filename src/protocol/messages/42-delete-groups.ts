import { api, array, int16, int32, string } from '../schema/index.ts'

/**
 * DeleteGroups (42): DeleteGroups.
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
