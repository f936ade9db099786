import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Transcripts } from './perform.ts'

interface Recorded {
  readonly name: string
  readonly scenarios: readonly { readonly name: string; readonly api?: string }[]
}

/** Returns the recorded transcripts of a suite, by scenario and version. */
export function readRecording(folder: URL, suite: string): Transcripts {
  const transcripts = new Map<string, Map<number, string[]>>()
  const file = urlOf(folder, suite)
  if (!existsSync(file)) return transcripts
  for (const part of readFileSync(file, 'utf8').split(/^# /m)) {
    if (part.trim() === '') continue
    const [title = '', ...lines] = part.trimEnd().split('\n')
    const [name = '', versions = ''] = title.split(' | ')
    const of = transcripts.get(name) ?? new Map<number, string[]>()
    for (const version of versions.split(' ')) {
      of.set(
        Number(version),
        lines.map((line) => line.replace(/ vN(?= )/, ` v${version}`)),
      )
    }
    transcripts.set(name, of)
  }
  return transcripts
}

/** Writes the transcripts of a real broker. Versions that agree share their lines. */
export function writeRecording(
  folder: URL,
  { name: suite, scenarios }: Recorded,
  transcripts: Transcripts,
): void {
  const parts: string[] = []
  for (const { name, api } of scenarios) {
    const runs = transcripts.get(name)!
    const versionsOf = new Map<string, number[]>()
    for (const [version, lines] of runs) {
      const text = lines.map((line) => line.replace(`${api} v${version} `, `${api} vN `)).join('\n')
      versionsOf.set(text, [...(versionsOf.get(text) ?? []), version])
    }
    for (const [text, versions] of versionsOf) {
      parts.push(`# ${name} | ${versions.join(' ')}\n${text}\n`)
    }
  }
  writeFileSync(urlOf(folder, suite), parts.join('\n'))
}

function urlOf(folder: URL, suite: string): URL {
  return new URL(`${suite}.txt`, folder)
}
