/** An `Error` as the operating system's calls throw it, with its `code`. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}

/**
 * The code of an error that the operating system or Node threw, such as `ENOENT`; `undefined` for anything else. Not
 * by `instanceof`: test runners give each test an `Error` of its own, which Node's errors are none of.
 */
export function errorCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Whether a thrown value is an error of the operating system with this code. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return errorCodeOf(error) === code
}
