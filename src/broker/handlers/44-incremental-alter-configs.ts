import { mapAnswer } from '../../controller/answer.ts'
import type { IncrementalAlterConfigs } from '../../protocol/messages/44-incremental-alter-configs.ts'
import type { Handler } from './handler.ts'

/**
 * IncrementalAlterConfigs (44): sets, deletes, appends to or subtracts from single configs of a
 * resource (KIP-339).
 */
export const incrementalAlterConfigs: Handler<typeof IncrementalAlterConfigs> = (
  { resources, validateOnly },
  { services },
) =>
  mapAnswer(
    services.controller.incrementalAlterConfigs(resources, { validateOnly, asked: services }),
    (responses) => ({ responses }),
  )
