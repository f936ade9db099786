import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Tools } from '../setup/tools.ts'
import { runJavaTool } from './java-tools.ts'

const tool = 'org.apache.kafka.tools.DumpLogSegments'

/** Returns the output of Kafka's DumpLogSegments for these files. */
export function dumpFiles(
  java: Tools['java'],
  files: readonly string[],
  ...options: string[]
): Promise<string> {
  return runJavaTool(java, tool, [...options, '--files', files.join(',')])
}

/** Returns the files of a directory that the tool knows. */
export function dumpableFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
    .map((name) => join(directory, name))
}

/** The tool finds no timestamp in a batch that compaction has emptied. */
const emptiedBatches =
  /^Found timestamp mismatch in :.*\n(?: {2}Index timestamp: \d+, log timestamp: -1\n)+/gm

/**
 * Returns the problems that the tool reports. It reports every gap between offsets: also before the
 * first offset of a segment, which is no problem, and where the test made gaps.
 */
export function complaintsOf(dump: string): string[] {
  return dump
    .replaceAll(emptiedBatches, '')
    .split('\n')
    .filter((line) => !/^\||^baseOffset: |^ {2}(-1|\d{10,}) is followed by \d+$/.test(line))
    .filter((line) => complaint.test(line))
    .concat(dump.match(/.*isvalid: false.*/g) ?? [])
}

const complaint =
  /mismatch|log timestamp|out of order|not found|followed by|corrupt|Error|Exception/i
