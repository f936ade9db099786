import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf, table } from '../../src/cli/terminal.ts'

async function lines(chunks: readonly string[], delimiter = '\n'): Promise<string[]> {
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
  const found: string[] = []
  for await (const some of linesOf(input, Buffer.from(delimiter))) found.push(...some.map(String))
  return found
}

describe('lines of the standard input', () => {
  it('may lack the delimiter at the end', async () => {
    expect(await lines(['a\nb'])).toEqual(['a', 'b'])
    expect(await lines(['a\n', '\n'])).toEqual(['a', ''])
    expect(await lines([])).toEqual([])
  })

  it('are the same however the input is cut into chunks', async () => {
    const texts = fc.array(fc.string({ maxLength: 10 }).filter((text) => !text.includes(';;')))
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), async (expected, size) => {
        fc.pre(!expected.some((text) => text.endsWith(';')))
        const input = Buffer.from(expected.map((text) => `${text};;`).join(''))
        const chunks: Buffer[] = []
        for (let i = 0; i < input.length; i += size) chunks.push(input.subarray(i, i + size))
        const found: string[] = []
        for await (const some of linesOf(Readable.from(chunks), Buffer.from(';;'))) {
          found.push(...some.map(String))
        }
        expect(found).toEqual(expected)
      }),
    )
  })
})

describe('a table', () => {
  it('has columns as wide as their widest cell', () => {
    expect(
      table([
        ['GROUP', 'LAG'],
        ['a-longer-one', '0'],
      ]),
    ).toBe('GROUP        LAG\na-longer-one 0\n')
  })
})
