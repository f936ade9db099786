import fc from 'fast-check'
import { testSeed } from './seed.ts'

// A failing property prints the seed of its run.
fc.configureGlobal({ seed: testSeed })
