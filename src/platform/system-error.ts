/** Returns an `Error` with a `code`, like errors of system calls. */
export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}

/**
 * Returns the code of an error that the operating system or Node threw, such as `ENOENT`;
 * `undefined` for anything else. It does not use `instanceof`: test runners give each test its own
 * `Error` class, and Node's errors are not instances of it.
 */
export function errorCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Whether a thrown value is an error of the operating system with this code. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return errorCodeOf(error) === code
}
