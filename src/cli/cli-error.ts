/** Something that the user can put right: the command line ends with its message alone and exit code 1. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
