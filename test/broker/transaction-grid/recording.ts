import { readFileSync, writeFileSync } from 'node:fs'
import type { Transcripts } from './perform.ts'
import type { Suite } from './scenario.ts'

/** Returns the recorded transcripts of a suite, by scenario and version. */
export function readRecording(suite: string): Transcripts {
  const transcripts = new Map<string, Map<number, string[]>>()
  for (const part of readFileSync(urlOf(suite), 'utf8').split(/^# /m)) {
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
export function writeRecording({ name: suite, scenarios }: Suite, transcripts: Transcripts): void {
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
  writeFileSync(urlOf(suite), parts.join('\n'))
}

function urlOf(suite: string): URL {
  return new URL(`recorded/${suite}.txt`, import.meta.url)
}
