import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cachePath, projectPath } from '../project.mjs'

const environment = cachePath('python')
const version = '2.16.1'

/**
 * Returns the command of a Python client that uses librdkafka through `confluent-kafka`. The first
 * call creates its virtual environment.
 *
 * @param {'produce' | 'consume' | 'consume_apart' | 'transactions' | 'first_record' | 'share_consume'} what
 */
export function librdkafka(what) {
  const python = `${environment}/bin/python`
  if (!existsSync(`${environment}/confluent-kafka-${version}`)) {
    execFileSync('python3', ['-m', 'venv', '--clear', environment])
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `confluent-kafka==${version}`])
    execFileSync('touch', [`${environment}/confluent-kafka-${version}`])
  }
  return [python, projectPath(`bench/clients/librdkafka_${what}.py`)]
}
