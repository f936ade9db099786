import type * as grid from '../grid/scenario.ts'
import type { GroupScene } from './group-scene.ts'

export { versions } from '../grid/scenario.ts'

export type Scenario = grid.Scenario<GroupScene>
export type Suite = grid.Suite<GroupScene>
