import { readFileSync, writeFileSync } from 'node:fs'

/** Returns the values of a file with one JSON value in each line. */
export function readJsonLines<T>(file: string | URL): T[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

/** Writes a file that {@link readJsonLines} reads. */
export function writeJsonLines(file: string | URL, values: readonly unknown[]): void {
  writeFileSync(file, values.map((value) => `${JSON.stringify(value)}\n`).join(''))
}
