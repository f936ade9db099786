import { mapAnswer } from '../../controller/answer.ts'
import type { AlterConfigs } from '../../protocol/messages/33-alter-configs.ts'
import type { Handler } from './handler.ts'

/**
 * AlterConfigs (33): replaces all configs of a resource. Configs that are not named get their
 * defaults (KIP-133).
 */
export const alterConfigs: Handler<typeof AlterConfigs> = (
  { resources, validateOnly },
  { services },
) =>
  mapAnswer(
    services.controller.alterConfigs(resources, { validateOnly, asked: services }),
    (responses) => ({ responses }),
  )
