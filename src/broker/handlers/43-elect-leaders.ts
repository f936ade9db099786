import type { ElectLeaders } from '../../protocol/messages/43-elect-leaders.ts'
import type { Handler } from './handler.ts'

/**
 * ElectLeaders (43): elects leaders of partitions (KIP-183).
 *
 *   v0  the preferred leaders only
 *   v1  also unclean elections (KIP-460)
 *
 * `timeoutMs` is ignored.
 */
export const electLeaders: Handler<typeof ElectLeaders> = (request, { services }) =>
  services.controller.electLeaders(request)
