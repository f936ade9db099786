/** @import { FunctionSuite } from '../types.ts' */
import { batchSuite } from './batch.mjs'
import { codecSuite } from './codec.mjs'
import { crc32cSuite } from './crc32c.mjs'
import { logSuite } from './log.mjs'

/** @type {readonly FunctionSuite[]} */
export const functionSuites = [codecSuite, crc32cSuite, batchSuite, logSuite]
