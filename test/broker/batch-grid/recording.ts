import type { Answer } from './answer.ts'
import type { Cell } from './ask.ts'
import { compressionTypes } from '../../../src/record/compression-type.ts'
import { topics } from './topics.ts'

/** The responses of a real broker to the grid, written by `test/conformance/batch-grid.test.ts`. */
export const recordingUrl = new URL('answers.jsonl', import.meta.url)

/** A response to a shape, and the topics that it was given for, by codec. */
interface Line extends Answer {
  readonly shape: string
  readonly topics: Record<string, string>
}

/** Returns the cells as lines of JSON: for each shape, one line per different response. */
export function recordingOf(cells: readonly Cell[]): string {
  const lines = new Map<string, { line: Line; byTopic: Map<string, string[]> }>()
  for (const { shape, topic, codec, answer } of cells) {
    const identity = JSON.stringify([shape, answer])
    const { line, byTopic } = lines.get(identity) ?? {
      line: { shape, topics: {}, ...answer },
      byTopic: new Map<string, string[]>(),
    }
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), codec])
    lines.set(identity, { line, byTopic })
  }
  return [...lines.values()]
    .map(({ line, byTopic }) => {
      for (const [topic, codecs] of byTopic) {
        const of = codecs.length === compressionTypes.length ? ALL : codecs.join(' ')
        line.topics[of] = line.topics[of] === undefined ? topic : `${line.topics[of]} ${topic}`
      }
      for (const [of, names] of Object.entries(line.topics)) {
        if (names === allTopics) line.topics[of] = ALL
      }
      return `${JSON.stringify(line)}\n`
    })
    .join('')
}

const ALL = 'all'
const allTopics = Object.keys(topics).join(' ')

/** Returns the responses of a recording by cell, `shape | topic | codec`. */
export function answersOf(recording: string): Map<string, Answer> {
  const answers = new Map<string, Answer>()
  for (const text of recording.split('\n')) {
    if (text === '') continue
    const { shape, topics: of, ...answer }: Line = JSON.parse(text)
    for (const [codecs, names] of Object.entries(of)) {
      for (const topic of (names === ALL ? allTopics : names).split(' ')) {
        for (const codec of codecs === ALL ? compressionTypes : codecs.split(' ')) {
          answers.set(`${shape} | ${topic} | ${codec}`, answer)
        }
      }
    }
  }
  return answers
}
