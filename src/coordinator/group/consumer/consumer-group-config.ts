import { groupTiming } from '../modern/group-timing.ts'

export const { sessionTimeoutMs, heartbeatIntervalMs, canAssign } = groupTiming('consumer')
