/**
 * Runs an action. Reports unhandled rejections meanwhile, which would end the process of a user.
 */
export async function withUnhandledRejections<T>(
  onRejection: (error: Error) => void,
  action: () => Promise<T>,
): Promise<T> {
  // Those of the test runner would end the test file.
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', onRejection)
  try {
    return await action()
  } finally {
    process.off('unhandledRejection', onRejection)
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}
