/**
 * An error that the user can correct. The command line prints only its message and exits with code
 * 1.
 */
export class CliError extends Error {
  override readonly name = 'CliError'
}
