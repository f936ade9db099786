import type { ClassicGroup } from './classic-group.ts'

/** A group of any type, told apart by `type`. */
export type Group = ClassicGroup
