import { inject } from 'vitest'
import { groupGrid } from '../broker/group-grid/suites.ts'
import { compareWithRealBroker } from './support/record-grid.ts'

compareWithRealBroker(groupGrid, 'The recorded exchanges about groups', inject('tools').kafka)
