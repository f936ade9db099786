import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { harness, installKafkaIntegration } from './setup/kafka-integration.ts'
import {
  classesOfLists,
  describeFailure,
  isFailure,
  isOfClass,
  runClasses,
  type TestResult,
  whyNoneRan,
  whyNotRun,
} from './support/kafka-integration.ts'

/** Many times what it needs: the harness ends each process that hangs. */
const limitMs = 10_800_000

const { java } = inject('tools')
const missing = existsSync(harness) ? java.missing : 'the harness does not lie beside the checkout'
const suffix = missing === undefined ? '' : ` (skipped: ${missing})`

describe.skipIf(missing !== undefined)(`Kafka's own integration tests${suffix}`, () => {
  const classes = missing === undefined ? classesOfLists() : ['of the client APIs']
  let results: readonly TestResult[] = []

  beforeAll(async () => {
    await installKafkaIntegration()
    results = await runClasses(classes.filter((className) => whyNotRun(className) === undefined))
  }, limitMs)

  for (const className of classes) {
    const reason = whyNotRun(className)
    const title = reason === undefined ? className : `${className} (skipped: ${reason})`
    test.skipIf(reason !== undefined)(title, ({ skip }) => {
      const own = results.filter((result) => isOfClass(result, className))
      const failures = own.filter(({ status }) => isFailure(status)).map(describeFailure)
      expect(failures).toEqual([])
      expect(own.length, 'results').toBeGreaterThan(0)
      const missingParts = whyNoneRan(own)
      if (missingParts !== undefined) skip(`none of its tests can run yet: ${missingParts}`)
    })
  }
})
