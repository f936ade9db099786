import type { UnregisterController } from '../../protocol/messages/94-unregister-controller.ts'
import type { Handler } from './handler.ts'

/**
 * UnregisterController (94): removes the registration of a controller. The controllers
 * of brokers in one process do not register, so none is found. Version 0.
 */
export const unregisterController: Handler<typeof UnregisterController> = (
  { controllerId },
  { services },
) => services.controller.unregisterController(controllerId)
