import { Dump } from '../../src/dump/dump.ts'
import type { DumpOptions } from '../../src/dump/dump-context.ts'
import { findFiles } from '../../src/dump/find-files.ts'
import type { Findings } from '../../src/dump/findings.ts'
import { JsonOutput } from '../../src/dump/json-output.ts'
import type { Output } from '../../src/dump/output.ts'
import { TextOutput } from '../../src/dump/text-output.ts'
import { VerifyOutput } from '../../src/dump/verify-output.ts'
import type { FileSystem } from '../../src/platform/file-system.ts'

export const everything: DumpOptions = {
  isDeep: true,
  format: 'auto',
  fromOffset: 0,
  toOffset: Infinity,
  maxBytes: Infinity,
  maxRecords: Infinity,
}

export interface Dumped {
  readonly lines: string[]
  readonly findings: Findings
}

export function dumpText(
  fileSystem: FileSystem,
  path: string,
  options: Partial<DumpOptions> & { hasData?: boolean; hasMetadata?: boolean } = {},
): Dumped {
  const { hasData = true, hasMetadata = true, ...rest } = options
  return run(fileSystem, path, new TextOutput({ hasData, hasMetadata }), rest)
}

export function dumpJson(
  fileSystem: FileSystem,
  path: string,
  options: Partial<DumpOptions> = {},
): Record<string, unknown>[] {
  const { lines } = run(fileSystem, path, new JsonOutput({ hasData: true }), options)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

export function verify(fileSystem: FileSystem, path: string): Dumped {
  return run(fileSystem, path, new VerifyOutput({ isJson: false }), {})
}

function run(
  fileSystem: FileSystem,
  path: string,
  output: Output,
  options: Partial<DumpOptions>,
): Dumped {
  const dump = new Dump(fileSystem, { ...everything, ...options }, output)
  let text = ''
  for (const piece of dump.run(findFiles(fileSystem, [path]).files))
    text += Buffer.from(piece).toString()
  return { lines: text === '' ? [] : text.replace(/\n$/, '').split('\n'), findings: dump.findings }
}
