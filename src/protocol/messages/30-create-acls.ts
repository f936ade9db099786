import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * CreateAcls (30): creates ACLs.
 *
 *   v1  prefixed resource patterns (KIP-290)
 *   v2  flexible
 *   v3  the user resource (KIP-373)
 */
export const CreateAcls = api(
  30,
  'CreateAcls',
  { versions: [0, 3], current: [1, 3], flexible: 2 },
  {
    request: {
      creations: array({
        resourceType: int8,
        resourceName: string,
        resourcePatternType: int8.since(1).default(3),
        principal: string,
        host: string,
        operation: int8,
        permissionType: int8,
      }),
    },
    response: {
      throttleTimeMs: int32,
      results: array({
        errorCode: int16,
        errorMessage: string.nullable(),
      }),
    },
  },
)
