import { inject } from 'vitest'
import { transactionGrid } from '../broker/transaction-grid/suites.ts'
import { compareWithRealBroker } from './support/record-grid.ts'

compareWithRealBroker(
  transactionGrid,
  'The recorded exchanges about transactions',
  inject('tools').kafka,
)
