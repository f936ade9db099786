export { historyOf } from './history.ts'
export { runHistory } from './run-history.ts'
