import type * as grid from '../grid/scenario.ts'
import type { Scene } from './scene.ts'

export { versions } from '../grid/scenario.ts'

export type Scenario = grid.Scenario<Scene>
export type Suite = grid.Suite<Scene>
