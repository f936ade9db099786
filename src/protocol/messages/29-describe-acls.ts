import { api, array, int16, int32, int8, string } from '../schema/index.ts'

/**
 * DescribeAcls (29): the ACLs that match a filter.
 *
 *   v1  prefixed resource patterns (KIP-290)
 *   v2  flexible
 *   v3  the user resource (KIP-373)
 */
export const DescribeAcls = api(
  29,
  'DescribeAcls',
  { versions: [0, 3], current: [1, 3], flexible: 2 },
  {
    request: {
      resourceTypeFilter: int8,
      resourceNameFilter: string.nullable(),
      patternTypeFilter: int8.since(1).default(3),
      principalFilter: string.nullable(),
      hostFilter: string.nullable(),
      operation: int8,
      permissionType: int8,
    },
    response: {
      throttleTimeMs: int32,
      errorCode: int16,
      errorMessage: string.nullable(),
      resources: array({
        resourceType: int8,
        resourceName: string,
        patternType: int8.since(1).default(3),
        acls: array({
          principal: string,
          host: string,
          operation: int8,
          permissionType: int8,
        }),
      }),
    },
  },
)
