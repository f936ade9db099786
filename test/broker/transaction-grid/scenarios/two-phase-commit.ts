import { add, end, init, write } from '../requests.ts'
import type { Suite } from '../scenario.ts'

export const twoPhaseCommit: Suite = {
  name: 'two-phase-commit',
  setting: {
    config: {
      'transaction.two.phase.commit.enable': true,
      'transaction.max.timeout.ms': 900,
    },
  },
  scenarios: [
    {
      name: 'a transaction of two-phase commit has no timeout',
      run: async (scene) => {
        await scene.createTopic('t')
        const producer = await init(scene, 'a', {
          version: 6,
          transactionTimeoutMs: 300,
          enable2Pc: true,
        })
        await write(scene, producer, 't', ['x'], { version: 12 })
        await scene.stage.pass(1500)
        await scene.observe()
        await end(scene, producer, true, 5)
      },
    },
    {
      name: 'timeouts of producers with two-phase commit',
      run: async (scene) => {
        for (const transactionTimeoutMs of [0, -1, 901, 2_147_483_647, 900]) {
          await init(scene, 'a', { version: 6, transactionTimeoutMs, enable2Pc: true })
          await init(scene, 'b', { version: 6, transactionTimeoutMs })
        }
      },
    },
    {
      name: 'a producer with two-phase commit aborts the open transaction of its predecessor',
      run: async (scene) => {
        await scene.createTopic('t')
        const options = { version: 6, transactionTimeoutMs: 500, enable2Pc: true }
        const first = await init(scene, 'a', options)
        await write(scene, first, 't', ['x'], { version: 12 })
        await init(scene, 'a', { ...options, keepPreparedTxn: true })
        await init(scene, 'a', options)
        const second = await init(scene, 'a', options)
        await write(scene, first, 't', ['y'], { version: 12 })
        await write(scene, second, 't', ['z'], { version: 12 })
        await end(scene, second, true, 5)
        const { producerId, producerEpoch } = second
        await init(scene, 'a', { ...options, producerId, producerEpoch })
        await init(scene, 'a', { ...options, enable2Pc: false })
        const third = await init(scene, 'a', { version: 5, transactionTimeoutMs: 500 })
        await add(scene, third, { t: [0] })
        await scene.waitFor('a', 'CompleteAbort')
      },
    },
  ],
}
