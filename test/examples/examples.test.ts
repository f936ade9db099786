import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../support/source-files.ts'

const run = promisify(execFile)

/** Lines that each example prints; it may print others. */
const outputs: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'broker-outage.mjs': ['broker 2 is running: false\n', 'added broker 4\n', '120 records\n'],
  'first.mjs': [/stored in partition [012] at offset 0\n/],
  'group-wait.mjs': [
    'a member has 2 partitions\na member has 2 partitions\n',
    'generation 1: member ... joined\ngeneration 2: member ... joined\n',
    'billed 3 of 3, lag 0\n',
    "TIMEOUT: Group 'billing' did not reach { members: 3 } within 10 ms: it has 2 members\n",
    'too early: GROUP_NOT_EMPTY\n',
    'billed 6 in two runs\ngroups left: 0\n',
  ],
  'in-process.mjs': ["[ 'audit' ]"],
  'leader-moves.mjs': [
    'epoch 1, moved: true\nin sync: 1\nin sync again: 2\n',
    'replicas: 3, 2, 1\nhigh watermark: 3\n',
  ],
  'moving-time.mjs': [
    'first record of 2 January: offset 1\n',
    '2030-01-01T00:00:00.000Z on New Year\n',
    '2030-01-02T00:00:00.000Z the day after\n',
    'committed: 2\n',
    'committed, eight days later: -1\n',
  ],
  'network-partition.mjs': [
    'broker 2 leads: true\nbroker 2 still leads: true\n',
    'broker 2 is fenced, and leads: false\nbroker 2 is active\n',
  ],
  'open-directory.mjs': ['from the backup: 2 chairs\n', 'producing: POLICY_VIOLATION\n'],
  'produce-and-consume.mjs': ['received 2 chairs\n'],
  'restart.mjs': ['read one\n', '00000000000000000000.log', 'same cluster: true\n', 'read two\n'],
  'retention-and-compaction.mjs': [
    'visits, eight days later: from offset 1 to 1\n',
    'compacted: 2 records fewer\n',
    'first record: offset 2, Berlin\n',
    'a day after the tombstone: 1 record fewer\n',
  ],
  'rolling-restart.mjs': ['sent 3, stored 3\n'],
  'shipping.test.mjs': [/pass 1\b/, /fail 0\b/],
  'three-brokers.mjs': [
    '3 brokers\n',
    'broker 1 leads 2 partitions\n',
    'broker 2 leads 2 partitions\n',
    'broker 3 leads 2 partitions\n',
    '60 records\n',
  ],
  'transaction-states.mjs': [
    'bank is PrepareCommit\nheld: 1 partition, received: 0\nbank is CompleteCommit\n',
    'open for 5000 ms of 60000 ms\nbank is PrepareAbort\nbank is CompleteAbort\n',
    'too late: INVALID_PRODUCER_EPOCH\n',
    'fenced: INVALID_PRODUCER_EPOCH\n',
    'received: 10 to Ada, 40 to Joe\n',
  ],
  'transactions.mjs': [
    'aborted: the tax service does not answer\n',
    'invoice for 2 chairs\ninvoice for 1 table\ninvoice for 4 lamps\n',
    'committed offset: 3\n',
    'two markers: 8 offsets\n',
  ],
}

describe('examples', () => {
  test('are all listed here', () => {
    expect(readdirSync(join(projectRoot, 'examples')).sort()).toEqual(Object.keys(outputs))
  })

  test.each(Object.entries(outputs))(
    '%s exits and prints the expected lines',
    async (name, expected) => {
      const example = join(projectRoot, 'examples', name)
      const { stdout } = await run(process.execPath, [example], { timeout: 200_000 })
      for (const part of expected) expect(stdout).toMatch(part)
    },
  )
})

test('the first program in README.md is examples/first.mjs', () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8')
  const [, code] = /```js\n(.*?)```/s.exec(readme) ?? []
  const example = join(projectRoot, 'examples', 'first.mjs')
  expect(code).toBe(readFileSync(example, 'utf8'))
})
