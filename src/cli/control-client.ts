import { Option } from 'commander'
import { CliError } from './cli-error.ts'

/** The control API without the option and the environment variable. */
const DEFAULT_URL = 'http://127.0.0.1:8083'

export interface ControlOption {
  readonly control: string
}

/** Returns the option with the address of the control API. */
export function controlOption(): Option {
  return new Option('--control <url>', 'control API of `odradek start --control-port`')
    .env('ODRADEK_CONTROL')
    .default(DEFAULT_URL)
}

/**
 * Sends a request to the control API, and returns the JSON body of its response; `undefined` if it
 * has none.
 *
 * @throws CliError if the API cannot be reached, or refuses the request
 */
export async function control(
  { control: url }: ControlOption,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(new URL(path, url), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new CliError(
      `there is no control API at ${url}: start the cluster with --control-port, or use --control`,
    )
  })
  const text = await response.text()
  const content: unknown = text === '' ? undefined : JSON.parse(text)
  if (response.ok) return content
  throw new CliError((content as { message?: string } | undefined)?.message ?? response.statusText)
}
