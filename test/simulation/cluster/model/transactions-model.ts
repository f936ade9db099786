import { TransactionalId } from './transactional-id.ts'

/** The transactions of all transactional ids. */
export class TransactionsModel {
  readonly ids = new Map<string, TransactionalId>()

  /** Returns the transactional id with this name. */
  id(name: string): TransactionalId {
    let id = this.ids.get(name)
    if (id === undefined) this.ids.set(name, (id = new TransactionalId(name)))
    return id
  }
}
