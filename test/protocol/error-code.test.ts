import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { ErrorCode, errorMessage, errorName, isRetriable } from '../../src/protocol/error-code.ts'
import { sharedData } from '../support/shared-data.ts'

interface OfficialError {
  readonly code: number
  readonly name: string
  readonly retriable: boolean
  readonly message: string
}

const path = sharedData('kafka-errors.json')
const skipped = path === undefined ? ' (skipped: ../shared is not here)' : ''

test.skipIf(path === undefined)(`every error is Kafka’s${skipped}`, () => {
  const official = JSON.parse(readFileSync(path!, 'utf8')) as OfficialError[]
  expect(Object.keys(ErrorCode)).toHaveLength(official.length)
  for (const { code, name, retriable, message } of official) {
    expect(errorName(code)).toBe(name)
    expect(isRetriable(code), name).toBe(retriable)
    if (code !== 0) expect(errorMessage(code)).toBe(message)
    expect(ErrorCode[pascalCase(name) as keyof typeof ErrorCode]).toBe(code)
  }
})

test("an error has its code, its name and Kafka's message", () => {
  expect(ErrorCode.UnknownTopicOrPartition).toBe(3)
  expect(errorName(ErrorCode.UnknownTopicOrPartition)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  expect(errorMessage(3)).toBe('This server does not host this topic-partition.')
  expect(isRetriable(3)).toBe(true)
})

test('every error has a message', () => {
  expect(errorName(0)).toBe('NONE')
  expect(errorMessage(0)).toBeNull()
})

test('a code that does not exist is an unknown server error', () => {
  expect(errorName(9999)).toBe('UNKNOWN_SERVER_ERROR')
})

function pascalCase(name: string): string {
  return name
    .split('_')
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join('')
}
