import type { MiddlewareHandler } from 'hono'

/**
 * Refuses requests that a web page could send: those with another host name, which DNS rebinding
 * points to this machine, and those of a page of another origin.
 */
export const fromThisMachine: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? ''
  const origin = context.req.header('origin')
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)
  if (isLocal && (origin === undefined || origin === `http://${host}`)) return next()
  const message = `Requests for ${host}${origin === undefined ? '' : ` from ${origin}`} are refused: use http://127.0.0.1`
  return context.json({ code: 'FORBIDDEN', message }, 403)
}
