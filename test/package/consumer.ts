import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'

const INSTALL = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=5']

/** A project that uses the package. The packed tarball is installed in it. */
export class Consumer {
  readonly directory = mkdtempSync(join(tmpdir(), 'odradek-consumer-'))

  /** @param packages other packages and options of npm */
  constructor(...packages: string[]) {
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true }))
    this.run('npm', ...INSTALL, '--loglevel=error', inject('tarball'), ...packages)
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  write(name: string, content: string): void {
    writeFileSync(this.path(name), content)
  }

  /** Runs a script in the project. Returns its stdout. */
  node(name: string, script: string, ...options: string[]): string {
    this.write(name, script)
    return this.run(process.execPath, ...options, name)
  }

  /** Runs a command of the installed packages. */
  bin(name: string, ...args: string[]): string {
    return this.run(this.path(`node_modules/.bin/${name}`), ...args)
  }

  run(command: string, ...args: string[]): string {
    return run(this.directory, command, ...args)
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Returns the stdout of the command. Throws with its stderr if it fails. */
export function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
