/** A dependency with native code that cannot be loaded. Slower JavaScript replaces it. */
export interface MissingPackage {
  /** The name of the dependency in `package.json`. */
  readonly name: string
  /**
   * The package that is not installed: the platform's package, or the dependency itself. Undefined
   * if both are installed.
   */
  readonly missing: string | undefined
  /** One line that says what is missing and what to do. */
  readonly message: string
}

type Listener = (missing: MissingPackage) => void

const listeners = new Set<Listener>()

/** Packages that were missing before there was a listener. */
const unreported: MissingPackage[] = []

/**
 * Calls `listener` for each package that cannot be loaded and was not reported before. Each package
 * is reported once per process, to one listener. Returns a function that removes the listener.
 */
export function onMissingPackage(listener: Listener): () => void {
  listeners.add(listener)
  for (const missing of unreported.splice(0)) listener(missing)
  return () => listeners.delete(listener)
}

/** Reports that a package cannot be loaded. `error` is the error of its import. */
export function reportMissingPackage(name: string, error: unknown): void {
  const missing = describe(name, error)
  const [listener] = listeners
  if (listener === undefined) unreported.push(missing)
  else listener(missing)
}

function describe(name: string, error: unknown): MissingPackage {
  const reasons = [...messagesOf(error)]
  const missing = reasons
    .map((reason) => /^Cannot find (?:module|package) '([^'.][^']*)'/.exec(reason)?.[1])
    // These packages also try a WebAssembly build, which npm does not install for Node.
    .find((module) => module !== undefined && !module.includes('wasm'))
  if (missing === undefined) {
    const reason = reasons.find((text) => !text.startsWith('Cannot find ')) ?? reasons.at(-1)
    const message = `The package ${name} cannot be loaded (${reason}): slower JavaScript is used instead`
    return { name, missing, message }
  }
  const message =
    `The package ${missing} is not installed: slower JavaScript is used in place of ${name}. ` +
    `To install it: npm install --include=optional (or: npm install ${missing})`
  return { name, missing, message }
}

/**
 * Yields the first line of the messages of an error and its causes. In Jest, errors may come from
 * another realm.
 */
function* messagesOf(error: unknown): Generator<string> {
  for (let cause = error as Partial<Error> | null | undefined; cause;) {
    if (typeof cause.message === 'string') yield cause.message.split('\n', 1)[0]!
    cause = cause.cause as typeof cause
  }
}
