import { print, table } from './terminal.ts'

/** Options of a command that prints rows. */
export interface RowOptions {
  readonly json?: boolean
}

/** A value in a row; `undefined` if there is none. */
type Cell = string | number | readonly string[] | undefined

/** The columns of rows: their titles, and the value of a row. */
export type Columns<R> = Readonly<Record<string, (row: R) => Cell>>

/** Prints a table as Kafka's tool does, or with `--json` a line of JSON for each row. */
export async function printRows<R>(
  { json = false }: RowOptions,
  rows: readonly R[],
  columns: Columns<R>,
): Promise<void> {
  await print(process.stdout, json ? jsonLines(rows, columns) : tableOf(rows, columns))
}

function tableOf<R>(rows: readonly R[], columns: Columns<R>): string {
  const cells = rows.map((row) => Object.values(columns).map((valueOf) => textOf(valueOf(row))))
  return table([Object.keys(columns), ...cells])
}

function textOf(cell: Cell): string {
  if (cell === undefined) return 'None'
  return typeof cell === 'object' ? cell.join(',') : String(cell)
}

function jsonLines<R>(rows: readonly R[], columns: Columns<R>): string {
  const lines = rows.map((row) => {
    const fields = Object.entries(columns).map(([title, valueOf]) => [
      title[0]!.toLowerCase() + title.slice(1),
      valueOf(row) ?? null,
    ])
    return `${JSON.stringify(Object.fromEntries(fields))}\n`
  })
  return lines.join('')
}
