import { expect, test } from 'vitest'
import { spreadHeartbeats } from '../../../src/coordinator/group/spread-heartbeats.ts'

test.each([
  [20, 1, false, 20],
  [20, 200, false, 200],
  [20, 200, true, 50],
  [20, 21, true, 20],
  [20, 5000, false, 1000],
  [20, 5000, true, 250],
  [5000, 10_000, false, 5000],
  [5000, 10_000, true, 5000],
])(
  'an interval of %i ms is for %i members, waiting %s, %i ms',
  (configuredMs, memberCount, isWaiting, intervalMs) => {
    expect(spreadHeartbeats(configuredMs, memberCount, isWaiting)).toBe(intervalMs)
  },
)
