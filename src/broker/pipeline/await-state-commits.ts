import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import { Fetch } from '../../protocol/messages/01-fetch.ts'
import type { Reply } from '../handlers/handler.ts'
import type { StateCommits } from '../state-commits.ts'
import { mapReply, type Step, type StepResult } from './step.ts'

/**
 * Returns the step that holds a reply back until the state that it may describe is durable. A Fetch
 * does not wait: it shows records up to the high watermark, which waits itself.
 */
export function awaitStateCommits(commits: StateCommits): Step {
  const release = (reply: Reply): StepResult => {
    if (reply === NO_ANSWER || reply === CLOSE_CONNECTION) return reply
    const pending = commits.pending()
    return pending === undefined
      ? reply
      : pending.then((isDurable) => (isDurable ? reply : CLOSE_CONNECTION))
  }
  return (request, next) =>
    request.apiKey === Fetch.key ? next(request) : mapReply(next(request), release)
}
