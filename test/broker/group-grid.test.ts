import { compareWithRecording } from './grid/replay.ts'
import { groupGrid } from './group-grid/suites.ts'

compareWithRecording(groupGrid, 'exchanges about groups are those of Kafka:')
