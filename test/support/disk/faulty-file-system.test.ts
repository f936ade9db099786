import { describe, expect, test } from 'vitest'
import { FaultyFileSystem, FileSystemDead } from './faulty-file-system.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { errorCodeOf } from '../../../src/platform/system-error.ts'

const text = (fileSystem: FaultyFileSystem, path: string) =>
  Buffer.from(fileSystem.readFile(path)).toString()

function create() {
  const inner = new MemoryFileSystem()
  const fileSystem = new FaultyFileSystem(inner)
  fileSystem.makeDirectory('/data')
  const file = fileSystem.open('/data/file', { create: true })
  return { inner, fileSystem, file, write: (value: string) => file.write([Buffer.from(value)], 0) }
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    return errorCodeOf(error)
  }
  return undefined
}

describe('an injected fault', () => {
  test('affects the given operations, files and number of times', () => {
    const { fileSystem, file, write } = create()
    const isAffected = (path: string) => path.endsWith('file')
    fileSystem.inject({ operations: ['write'], isAffected, skip: 1, times: 2, code: 'EIO' })
    fileSystem.writeFile('/data/other', 'x')
    write('1')
    file.sync()
    expect(codeOf(() => write('2'))).toBe('EIO')
    expect(codeOf(() => write('3'))).toBe('EIO')
    write('4')
    expect(text(fileSystem, '/data/file')).toBe('4')
  })

  test('lasts until it is removed', () => {
    const { fileSystem, write } = create()
    const takeBack = fileSystem.inject({ code: 'ENOSPC' })
    expect(codeOf(() => write('1'))).toBe('ENOSPC')
    expect(codeOf(() => fileSystem.open('/data/new', { create: true }))).toBe('ENOSPC')
    expect(codeOf(() => fileSystem.list('/data'))).toBe('ENOSPC')
    expect(fileSystem.exists('/data/file')).toBe(true)
    takeBack()
    write('2')
    expect(fileSystem.list('/data')).toEqual(['file'])
  })

  test.each([
    ['nothing', ''],
    ['half', '12'],
    ['everything', '1234'],
  ] as const)('leaves %s of a write', (effect, left) => {
    const { fileSystem, write } = create()
    fileSystem.inject({ operations: ['write'], code: 'EIO', effect })
    expect(codeOf(() => write('1234'))).toBe('EIO')
    expect(text(fileSystem, '/data/file')).toBe(left)
  })

  test.each(['create', 'truncate', 'write', 'sync', 'rename', 'syncDirectory'] as const)(
    'that strikes %s leaves of a replaced file the old or the new content',
    (operation) => {
      const { fileSystem } = create()
      fileSystem.writeFile('/data/replaced', 'old')
      fileSystem.inject({ operations: [operation], code: 'EIO', effect: 'half' })
      expect(codeOf(() => fileSystem.writeFile('/data/replaced', 'new'))).toBe('EIO')
      const expected = operation === 'syncDirectory' ? 'new' : 'old'
      expect(text(fileSystem, '/data/replaced')).toBe(expected)
    },
  )

  test('affects a sync outside the event loop', async () => {
    const { fileSystem, file } = create()
    fileSystem.inject({ operations: ['sync'], times: 1, code: 'EIO' })
    await expect(file.syncLater()).rejects.toThrow(/EIO/)
    await file.syncLater()
  })
})

describe('a process that is killed', () => {
  test('does nothing any more, and another process finds its writes, unlocked', () => {
    const { inner, fileSystem, file, write } = create()
    fileSystem.lock('/data')
    write('1234')
    const before = fileSystem.operations
    fileSystem.inject({ skip: 1, code: 'killed', effect: 'half' })
    file.sync()
    expect(() => write('abcd')).toThrow(FileSystemDead)
    expect(fileSystem.operations).toBe(before + 2)
    expect(() => write('efgh')).toThrow(FileSystemDead)
    expect(() => fileSystem.exists('/data')).toThrow(FileSystemDead)
    file.close()
    const next = new FaultyFileSystem(inner)
    next.lock('/data')()
    expect(text(next, '/data/file')).toBe('ab34')
  })

  test('leaves a partly removed directory', () => {
    const { inner, fileSystem } = create()
    fileSystem.writeFile('/data/other', 'x')
    fileSystem.inject({ operations: ['remove'], skip: 1, code: 'killed' })
    expect(() => fileSystem.remove('/data')).toThrow(FileSystemDead)
    expect(inner.list('/data')).toEqual(['other'])
  })
})
