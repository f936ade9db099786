import { fileURLToPath } from 'node:url'
import type { Found, Tools } from '../setup/tools.ts'
import { connectDriver } from './driver-client.ts'
import type { ClientDescription } from './client.ts'
import { allCodecs } from './client.ts'

/** confluent-kafka of PyPI: librdkafka 2.16 behind Python. */
export function confluentClient(tool: Tools['python']): ClientDescription {
  return driverClient('confluent-kafka 2.16.1', tool, 'python/confluent_driver.py')
}

/** kafka-python of PyPI: the protocol in Python. */
export function kafkaPythonClient(tool: Tools['python']): ClientDescription {
  return driverClient('kafka-python 3.0.12', tool, 'python/kafka_python_driver.py')
}

/** @platformatic/kafka on Node 24, whatever Node runs the tests. */
export function platformaticClient(tool: Tools['node24']): ClientDescription {
  return driverClient('@platformatic/kafka 2.12.1', tool, 'node/platformatic.mjs')
}

function driverClient(
  name: string,
  tool: Found<{ executable: string }>,
  program: string,
): ClientDescription {
  const path = fileURLToPath(new URL(`../clients/${program}`, import.meta.url))
  return {
    name,
    missing: tool.missing,
    codecs: allCodecs,
    connect: async ({ bootstrapServers }) => {
      if (tool.missing !== undefined) throw new Error(tool.missing)
      return connectDriver(tool.executable, [path, bootstrapServers])
    },
  }
}
