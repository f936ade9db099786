/** @import { LogSuite } from '../types.ts' */
import { appendSuite } from './append.mjs'
import { brokersSuite } from './brokers.mjs'
import { compactSuite } from './compact.mjs'
import { lookupSuite } from './lookup.mjs'
import { partitionsSuite } from './partitions.mjs'
import { readSuite } from './read.mjs'
import { recoverySuite } from './recovery.mjs'
import { sendSuite } from './send.mjs'

/** @type {readonly LogSuite[]} */
export const logSuites = [
  appendSuite,
  readSuite,
  sendSuite,
  lookupSuite,
  compactSuite,
  recoverySuite,
  partitionsSuite,
  brokersSuite,
]
