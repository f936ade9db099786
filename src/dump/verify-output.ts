import type { DumpFile } from './dump-file.ts'
import type { Finding } from './findings.ts'
import { LineBuffer } from './line-buffer.ts'
import type { FileCounts, Output } from './output.ts'

/** The maximum number of problems per file that are printed. The rest is only counted. */
const MAX_DETAILS = 100

/** Prints for each file only whether it is correct. */
export class VerifyOutput implements Output {
  readonly #isJson: boolean
  readonly #lines = new LineBuffer()
  #details: string[] = []

  constructor({ isJson }: { readonly isJson: boolean }) {
    this.#isJson = isJson
  }

  get length(): number {
    return this.#lines.length
  }

  take(): Uint8Array {
    return this.#lines.take()
  }

  file(): void {}
  entry(): void {}
  json(): void {}
  words(): void {}
  batch(): void {}
  record(): void {}

  finding({ heading, detail, isNote }: Finding): void {
    if (isNote || this.#details.length >= MAX_DETAILS) return
    const name = heading.replace(/ (?:in )?:?$/, '')
    this.#details.push(name === 'Problems' ? detail : `${name}: ${detail}`)
  }

  endOfFile({ path, content }: DumpFile, { batches, problems }: FileCounts): void {
    const details = this.#details
    this.#details = []
    const isLog = content === 'log' || content === 'metadataSnapshot'
    if (this.#isJson) {
      const counts = isLog ? { batches } : {}
      const line = {
        kind: 'verified',
        file: path,
        ok: problems === 0,
        ...counts,
        problems: details,
      }
      this.#lines.text(`${JSON.stringify(line)}\n`)
      return
    }
    const what = isLog ? ` (${batches} batches)` : ''
    this.#lines.text(`${path}: ${problems === 0 ? 'ok' : `${problems} problems`}${what}\n`)
    for (const detail of details) this.#lines.text(`  ${detail}\n`)
  }
}
