import type { PartitionRegistration } from '../metadata-image.ts'

/** The replicas of a partition while they move to other brokers. */
export type Reassignment = Pick<
  PartitionRegistration,
  'replicas' | 'isr' | 'addingReplicas' | 'removingReplicas'
>

/** Whether replicas of a partition are being added or removed. */
export function isReassigning({
  addingReplicas,
  removingReplicas,
}: Pick<Reassignment, 'addingReplicas' | 'removingReplicas'>): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0
}

/**
 * Returns what changes when a reassignment begins. Until it ends, the removed replicas come after
 * those of the target.
 */
export function beginReassignment(
  { replicas }: Pick<Reassignment, 'replicas'>,
  target: readonly number[],
): Partial<Reassignment> {
  const removingReplicas = replicas.filter((id) => !target.includes(id)).sort(byId)
  const addingReplicas = target.filter((id) => !replicas.includes(id)).sort(byId)
  return {
    replicas: [...target, ...removingReplicas],
    ...(removingReplicas.length > 0 && { removingReplicas }),
    ...(addingReplicas.length > 0 && { addingReplicas }),
  }
}

/**
 * Returns the replicas as they were before a reassignment.
 *
 * @returns `undefined` if no replica was there before; with `isUnclean`, none of them is in sync
 */
export function revertReassignment(
  current: Reassignment,
): (Reassignment & { readonly isUnclean: boolean }) | undefined {
  const isNotAdded = (id: number) => !current.addingReplicas.includes(id)
  const replicas = current.replicas.filter(isNotAdded)
  const isr = current.isr.filter(isNotAdded)
  const end = { replicas, addingReplicas: [], removingReplicas: [] }
  if (isr.length > 0) return { ...end, isr, isUnclean: false }
  const [first] = replicas
  return first === undefined ? undefined : { ...end, isr: [first], isUnclean: true }
}

/**
 * Returns the replicas at the end of a reassignment, if it can end: when all added replicas are in
 * sync, and enough remain without the removed ones. Otherwise returns them as they are.
 */
export function completeReassignment(current: Reassignment): Reassignment {
  const { addingReplicas, removingReplicas } = current
  if (!isReassigning(current)) return current
  const stays = (id: number) => !removingReplicas.includes(id)
  const isr = current.isr.filter(stays)
  const replicas = current.replicas.filter(stays)
  const isInSync = (id: number) => isr.includes(id)
  if (removingReplicas.length > 0 && (isr.length === 0 || replicas.length === 0)) return current
  if (!addingReplicas.every(isInSync)) return current
  if (addingReplicas.length < removingReplicas.length && !replicas.every(isInSync)) return current
  return { replicas, isr, addingReplicas: [], removingReplicas: [] }
}

function byId(a: number, b: number): number {
  return a - b
}
