import { expect, onTestFinished, test, vi } from 'vitest'
import { configWarnings } from '../../src/cluster/config-warnings.ts'
import type { ClusterOptions } from '../../src/cluster/options.ts'
import { resolveOptions } from '../../src/cluster/resolve-options.ts'
import { startCluster } from '../../src/index.ts'

function messages(options: ClusterOptions): string[] {
  return configWarnings(resolveOptions(options)).map(({ message }) => message)
}

const unknown = 'These broker configs are unknown to Kafka and have no effect'
const idle = 'These broker configs have no effect yet'
const idleOfTopics = 'These topic configs have no effect yet'

test.each<[ClusterOptions, string[]]>([
  [{}, []],
  [{ config: { 'num.partitions': 3, 'log.retention.hours': 1, 'compression.type': 'gzip' } }, []],
  [{ config: { 'node.id': 1, 'process.roles': 'broker,controller' } }, []],
  [{ config: { 'num.io.threads': 8, 'min.insync.replicas': '1' } }, []],
  [
    { config: { 'my.plugin': 1, 'allow.everyone.if.no.acl.found': true } },
    [`${unknown}: allow.everyone.if.no.acl.found, my.plugin`],
  ],
  [
    { config: { NUM_PARTITIONS: 3, RETENTION_MS: 1, 'file.delete.delay.ms': 1 } },
    [
      `${unknown}: NUM_PARTITIONS (did you mean num.partitions?), RETENTION_MS (did you mean log.retention.ms?), file.delete.delay.ms (did you mean log.segment.delete.delay.ms?)`,
    ],
  ],
  [
    {
      config: { 'authorizer.class.name': 'org.acme.Authorizer', 'num.io.threads': 16 },
      brokers: [{}, { config: { 'create.topic.policy.class.name': 'org.acme.Policy$Strict' } }],
    },
    [
      `${idle}: authorizer.class.name (all clients may send all requests), create.topic.policy.class.name (use the option createTopicPolicy), num.io.threads`,
    ],
  ],
  [
    {
      config: { 'create.topic.policy.class.name': 'org.acme.Policy' },
      createTopicPolicy: () => undefined,
    },
    [],
  ],
  [
    { topics: [{ name: 'a', configs: { 'remote.storage.enable': true, 'retention.ms': 1 } }] },
    [`${idleOfTopics}: remote.storage.enable`],
  ],
])('%j', (options, expected) => {
  expect(messages(options)).toEqual(expected)
})

function processWarnings() {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emit.mockRestore())
  return emit
}

async function start(options: ClusterOptions): Promise<void> {
  const cluster = await startCluster({ storage: 'memory', ...options })
  await cluster.close()
}

test('at the default log level they are warnings of the process, once each', async () => {
  const emit = processWarnings()
  const config = { 'authorizer.class.name': 'org.acme.OnlyInThisTest', 'only.in.this.test': 1 }
  await start({ config })
  await start({ config })
  expect(emit.mock.calls).toEqual([
    [`${unknown}: only.in.this.test`, { type: 'OdradekWarning', code: 'ODRADEK_CONFIG' }],
    [expect.stringContaining('authorizer.class.name'), expect.anything()],
  ])
})

test('with the log level silent there is no warning', async () => {
  const emit = processWarnings()
  await start({ config: { 'silent.in.this.test': 1 }, logLevel: 'silent' })
  expect(emit).not.toHaveBeenCalled()
})
