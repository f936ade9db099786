import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startTestCluster } from '../../support/test-cluster.ts'
import { recordings } from './recorded-cases/recordings.ts'

describe('A coordinator answers as a real broker did', () => {
  test.each(recordings.map((recording) => [recording.title, recording] as const))(
    'about %s',
    async (_title, { config, url, run }) => {
      const { connect } = await startTestCluster({ profile: 'faithful', config })
      const lines = await run((clientId) => connect(undefined, clientId))
      expect(lines).toEqual(readFileSync(url, 'utf8').trim().split('\n'))
    },
  )
})
