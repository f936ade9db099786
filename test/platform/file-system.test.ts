import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTimeOf } from '../../src/platform/directory-lock.ts'
import { CrashableFileSystem } from '../support/disk/crashable-file-system.ts'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import type { FileSystem } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { OverlayFileSystem } from '../../src/platform/overlay-file-system.ts'

const implementations: [string, () => FileSystem][] = [
  ['DiskFileSystem', () => new DiskFileSystem()],
  ['MemoryFileSystem', () => new MemoryFileSystem()],
  ['OverlayFileSystem', () => new OverlayFileSystem(new MemoryFileSystem())],
  ['CrashableFileSystem', () => new CrashableFileSystem()],
  ['FaultyFileSystem without faults', () => new FaultyFileSystem(new MemoryFileSystem())],
]

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytes = (content: string) => Buffer.from(content, 'latin1')

describe.each(implementations)('%s', (_name, create) => {
  let fileSystem: FileSystem
  let root: string

  beforeEach(() => {
    fileSystem = create()
    root = mkdtempSync(join(tmpdir(), 'odradek-files-'))
    fileSystem.makeDirectory(root)
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const at = (...names: string[]) => join(root, ...names)
  const codeOf = (action: () => unknown) => {
    try {
      action()
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
    return undefined
  }

  test('opens a file only if it exists or may be created', () => {
    expect(codeOf(() => fileSystem.open(at('a')))).toBe('ENOENT')
    fileSystem.open(at('a'), { create: true }).close()
    expect(fileSystem.exists(at('a'))).toBe(true)
    fileSystem.open(at('a')).close()
    expect(codeOf(() => fileSystem.open(at('no', 'a'), { create: true }))).toBe('ENOENT')
    expect(codeOf(() => fileSystem.open(root))).toBe('EISDIR')
  })

  test('keeps the content of a file that is opened with create', () => {
    fileSystem.writeFile(at('a'), 'kept')
    fileSystem.open(at('a'), { create: true }).close()
    expect(text(fileSystem.readFile(at('a')))).toBe('kept')
  })

  test('writes consecutive parts at a position, over the old content', () => {
    const file = fileSystem.open(at('a'), { create: true })
    file.write([bytes('abcdef')], 0)
    file.write([bytes('X'), bytes(''), bytes('YZ'), bytes('!')], 4)
    expect(file.size()).toBe(8)
    file.write([bytes('-')], 1)
    file.close()
    expect(text(fileSystem.readFile(at('a')))).toBe('a-cdXYZ!')
  })

  test('a gap left by a write is zeros', () => {
    const file = fileSystem.open(at('a'), { create: true })
    file.write([bytes('x')], 70_000)
    const read = Buffer.alloc(3, 1)
    expect(file.read(read, 69_998)).toBe(3)
    expect([...read]).toEqual([0, 0, 120])
    file.close()
  })

  test('reads up to the end', () => {
    const file = fileSystem.open(at('a'), { create: true })
    file.write([bytes('0123456789')], 0)
    const target = Buffer.alloc(4)
    expect(file.read(target, 2)).toBe(4)
    expect(text(target)).toBe('2345')
    expect(file.read(target, 8)).toBe(2)
    expect(file.read(target, 10)).toBe(0)
    expect(file.read(target, 100)).toBe(0)
    file.close()
  })

  test('large writes can be read completely', () => {
    const content = Buffer.alloc(300_001, 'odradek')
    const file = fileSystem.open(at('a'), { create: true })
    file.write(
      [content.subarray(0, 100), content.subarray(100, 200_000), content.subarray(200_000)],
      0,
    )
    const read = Buffer.alloc(content.length)
    expect(file.read(read, 0)).toBe(content.length)
    expect(read.equals(content)).toBe(true)
    file.close()
  })

  test('truncated bytes do not reappear after later writes', () => {
    const file = fileSystem.open(at('a'), { create: true })
    file.write([bytes('abcdef')], 0)
    file.truncate(2)
    expect(file.size()).toBe(2)
    file.write([bytes('z')], 4)
    file.sync()
    file.close()
    expect(text(fileSystem.readFile(at('a')))).toBe('ab\0\0z')
  })

  test('a handle cannot be used once it is closed', () => {
    const file = fileSystem.open(at('a'), { create: true })
    file.close()
    expect(codeOf(() => file.size())).toBe('EBADF')
  })

  test('two handles see the same file', () => {
    const one = fileSystem.open(at('a'), { create: true })
    const other = fileSystem.open(at('a'))
    one.write([bytes('seen')], 0)
    expect(other.size()).toBe(4)
    one.close()
    other.close()
  })

  test('writeFile replaces the whole file and leaves no temporary file', () => {
    fileSystem.writeFile(at('a'), 'a longer text')
    fileSystem.writeFile(at('a'), bytes('short'))
    expect(text(fileSystem.readFile(at('a')))).toBe('short')
    expect(fileSystem.list(root)).toEqual(['a'])
    expect(codeOf(() => fileSystem.readFile(at('b')))).toBe('ENOENT')
    expect(codeOf(() => fileSystem.readFile(root))).toBe('EISDIR')
  })

  test("lists the names in a directory, sorted, without subdirectories' content", () => {
    fileSystem.makeDirectory(at('d', 'e'))
    fileSystem.writeFile(at('d', 'z'), '')
    fileSystem.writeFile(at('d', 'e', 'f'), '')
    fileSystem.writeFile(at('d', 'b'), '')
    expect(fileSystem.list(at('d'))).toEqual(['b', 'e', 'z'])
    expect(codeOf(() => fileSystem.list(at('no')))).toBe('ENOENT')
    expect(codeOf(() => fileSystem.list(at('d', 'z')))).toBe('ENOTDIR')
  })

  test('creates directories with their parents, also existing ones', () => {
    fileSystem.makeDirectory(at('d', 'e', 'f'))
    fileSystem.makeDirectory(at('d', 'e', 'f'))
    expect(fileSystem.isDirectory(at('d', 'e', 'f'))).toBe(true)
    fileSystem.syncDirectory(at('d', 'e'))
    fileSystem.writeFile(at('d', 'x'), '')
    expect(fileSystem.isDirectory(at('d', 'x'))).toBe(false)
    expect(fileSystem.isDirectory(at('nothing'))).toBe(false)
    expect(codeOf(() => fileSystem.makeDirectory(at('d', 'x')))).toBe('EEXIST')
  })

  test('renames a file over another, and a directory with its content', () => {
    fileSystem.writeFile(at('a'), 'new')
    fileSystem.writeFile(at('b'), 'old')
    fileSystem.rename(at('a'), at('b'))
    expect(fileSystem.exists(at('a'))).toBe(false)
    expect(text(fileSystem.readFile(at('b')))).toBe('new')
    fileSystem.makeDirectory(at('d'))
    fileSystem.writeFile(at('d', 'x'), 'x')
    fileSystem.rename(at('d'), at('e'))
    expect(text(fileSystem.readFile(at('e', 'x')))).toBe('x')
    expect(codeOf(() => fileSystem.rename(at('a'), at('c')))).toBe('ENOENT')
    fileSystem.makeDirectory(at('f'))
    expect(codeOf(() => fileSystem.rename(at('f'), at('e')))).toBe('ENOTEMPTY')
  })

  test('removes a file or a whole directory, also a missing one', () => {
    fileSystem.makeDirectory(at('d', 'e'))
    fileSystem.writeFile(at('d', 'e', 'x'), '')
    fileSystem.writeFile(at('dd'), '')
    fileSystem.remove(at('d'))
    fileSystem.remove(at('d'))
    fileSystem.remove(at('no', 'such'))
    expect(fileSystem.list(root)).toEqual(['dd'])
  })

  test('a directory is locked once', () => {
    const unlock = fileSystem.lock(root)
    expect(fileSystem.exists(at('.lock'))).toBe(true)
    expect(codeOf(() => fileSystem.lock(root))).toBe('ELOCKED')
    unlock()
    unlock()
    fileSystem.lock(root)()
    expect(fileSystem.exists(at('.lock'))).toBe(false)
  })

  test('returns the space of the volume', () => {
    const { totalBytes, usableBytes } = fileSystem.space(root)
    expect(totalBytes).toBeGreaterThan(0)
    expect(usableBytes).toBeLessThanOrEqual(totalBytes)
  })
})

describe('the lock of a directory on disk', () => {
  const fileSystem = new DiskFileSystem()
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'odradek-lock-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  test.skipIf(process.platform === 'win32')('is the same for whoever comes by a link', () => {
    const link = join(root, 'link')
    mkdirSync(join(root, 'data'))
    symlinkSync('data', link)
    const unlock = fileSystem.lock(join(root, 'data'))
    expect(() => fileSystem.lock(link)).toThrow('ELOCKED')
    unlock()
    fileSystem.lock(link)()
  })

  test('refuses a second process and names the holder, until that has exited', async () => {
    const holder = spawn(process.execPath, ['-e', 'console.log(); process.stdin.resume()'])
    await once(holder.stdout, 'data')
    writeFileSync(join(root, '.lock'), `${holder.pid} ${startTimeOf(holder.pid!)} 0\n`)
    expect(() => fileSystem.lock(root)).toThrow(`process ${holder.pid}`)
    const exited = once(holder, 'exit')
    holder.kill('SIGKILL')
    await exited
    const unlock = fileSystem.lock(root)
    expect(readFileSync(join(root, '.lock'), 'latin1')).toContain(`${process.pid} `)
    unlock()
  })

  test('ignores a lock of an earlier process with the same id', () => {
    writeFileSync(join(root, '.lock'), `${process.pid} 1 0\n`)
    fileSystem.lock(root)()
  })

  test("accepts Kafka's own lock file, which is empty", () => {
    writeFileSync(join(root, '.lock'), '')
    fileSystem.lock(root)()
  })
})
