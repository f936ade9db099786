import { describe, expect, test } from 'vitest'
import { CrashableFileSystem } from './crashable-file-system.ts'
import type { FileSystem } from '../../../src/platform/file-system.ts'
import { SeededRandom } from '../../../src/platform/random.ts'

/** Returns the possible states after a power failure, as far as 400 attempts show them. */
function futures(fileSystem: CrashableFileSystem, see: (after: FileSystem) => string): Set<string> {
  const seen = new Set<string>()
  for (let seed = 0; seed < 400; seed++) {
    seen.add(see(fileSystem.afterPowerFailure(new SeededRandom(seed))))
  }
  return seen
}

const contentOf = (path: string) => (fileSystem: FileSystem) =>
  fileSystem.exists(path) ? Buffer.from(fileSystem.readFile(path)).toString('latin1') : 'absent'

/** Returns the first byte of each sector of the file; `0` for a sector of zeros. */
const sectorsOf = (path: string) => (fileSystem: FileSystem) => {
  const bytes = fileSystem.readFile(path)
  let sectors = ''
  for (let at = 0; at < bytes.length; at += 512) {
    sectors += bytes[at] === 0 ? '0' : String.fromCharCode(bytes[at]!)
  }
  return sectors
}

function withFile(content: string, sizeInBytes = content.length) {
  const fileSystem = new CrashableFileSystem()
  const file = fileSystem.open('/file', { create: true })
  file.write([Buffer.alloc(sizeInBytes, content)], 0)
  file.sync()
  return { fileSystem, file }
}

describe('after a power failure', () => {
  test('everything that was synced is unchanged', () => {
    const { fileSystem, file } = withFile('abc')
    fileSystem.writeFile('/directory', 'x')
    file.close()
    expect([...futures(fileSystem, contentOf('/file'))]).toEqual(['abc'])
    expect([...futures(fileSystem, (after) => after.list('/').join())]).toEqual(['directory,file'])
  })

  test('writes after the synced end may be lost, torn, or survive without earlier ones', () => {
    const { fileSystem, file } = withFile('a', 512)
    file.write([Buffer.alloc(512, 'b')], 512)
    file.write([Buffer.alloc(512, 'c')], 1024)
    const seen = futures(fileSystem, sectorsOf('/file'))
    expect([...seen].filter((sectors) => !/^a[b0]?[c0]?$/.test(sectors))).toEqual([])
    for (const expected of ['a', 'ab', 'abc', 'a0', 'a0c', 'ab0', 'a00']) {
      expect(seen).toContain(expected)
    }
    const sizes = futures(fileSystem, (after) => String(after.readFile('/file').length))
    expect(sizes.size).toBeGreaterThan(10)
  })

  test('an overwritten sector has one of its contents completely', () => {
    const { fileSystem, file } = withFile('a', 1024)
    file.write([Buffer.alloc(1024, 'b')], 0)
    file.write([Buffer.alloc(1024, 'c')], 0)
    const seen = futures(fileSystem, (after) => {
      const bytes = after.readFile('/file')
      for (const start of [0, 512]) expect(new Set(bytes.subarray(start, start + 512)).size).toBe(1)
      return sectorsOf('/file')(after)
    })
    expect(seen.size).toBe(9)
  })

  test('truncated bytes do not reappear after later writes', () => {
    const { fileSystem, file } = withFile('a', 1024)
    file.truncate(100)
    file.write([Buffer.alloc(924, 'b')], 100)
    const seen = futures(fileSystem, (after) => {
      const content = contentOf('/file')(after)
      return content.replaceAll('\0', '0').replaceAll(/(.)\1+/g, '$1')
    })
    expect([...seen].sort()).toEqual(['a', 'a0', 'a0b', 'ab', 'ab0'])
  })

  test('names are created, changed and removed in order, or not at all', () => {
    const fileSystem = new CrashableFileSystem()
    for (const name of ['1', '2']) fileSystem.open(`/${name}`, { create: true }).close()
    fileSystem.syncDirectory('/')
    fileSystem.rename('/1', '/3')
    fileSystem.remove('/2')
    fileSystem.open('/4', { create: true }).close()
    const seen = futures(fileSystem, (after) => after.list('/').join(''))
    expect([...seen].sort()).toEqual(['12', '23', '3', '34'])
  })

  test('a file that was not synced before it was renamed over another may be empty', () => {
    const { fileSystem } = withFile('old')
    const file = fileSystem.open('/new', { create: true })
    file.write([Buffer.from('new')], 0)
    fileSystem.rename('/new', '/file')
    const seen = futures(fileSystem, contentOf('/file'))
    for (const expected of ['old', '', 'new']) expect(seen).toContain(expected)
    file.sync()
    expect([...futures(fileSystem, contentOf('/file'))].sort()).toEqual(['new', 'old'])
    fileSystem.syncDirectory('/')
    expect([...futures(fileSystem, contentOf('/file'))]).toEqual(['new'])
  })

  test('a replaced file is the old one or the new one', () => {
    const { fileSystem } = withFile('old')
    fileSystem.writeFile('/file', 'new')
    expect([...futures(fileSystem, contentOf('/file'))]).toEqual(['new'])
  })

  test('a synced file has its name, unless only POSIX is assumed', () => {
    const make = (fileSyncKeepsNames: boolean) => {
      const fileSystem = new CrashableFileSystem({ fileSyncKeepsNames })
      fileSystem.makeDirectory('/a')
      const file = fileSystem.open('/a/file', { create: true })
      file.write([Buffer.from('x')], 0)
      file.sync()
      return futures(fileSystem, contentOf('/a/file'))
    }
    expect([...make(true)]).toEqual(['x'])
    expect([...make(false)].sort()).toEqual(['absent', 'x'])
  })

  test('a sync outside the event loop covers earlier writes', async () => {
    const { fileSystem, file } = withFile('a')
    file.write([Buffer.from('b')], 1)
    const synced = file.syncLater()
    file.write([Buffer.from('c')], 2)
    expect(futures(fileSystem, contentOf('/file'))).toContain('a')
    await synced
    expect([...futures(fileSystem, contentOf('/file'))].sort()).toEqual(['ab', 'ab\0', 'abc'])
  })

  test('nothing is locked', () => {
    const fileSystem = new CrashableFileSystem()
    fileSystem.makeDirectory('/data')
    fileSystem.lock('/data')
    const after = fileSystem.afterPowerFailure(new SeededRandom(1))
    after.makeDirectory('/data')
    after.lock('/data')
    expect(() => after.lock('/data')).toThrow(/ELOCKED/)
  })
})

test('a full volume accepts as much as fits, and more after a removal', () => {
  const fileSystem = new CrashableFileSystem({ capacityBytes: 10 })
  fileSystem.writeFile('/other', 'four')
  const file = fileSystem.open('/file', { create: true })
  expect(() => file.write([Buffer.from('12345678')], 0)).toThrow(/ENOSPC/)
  expect(contentOf('/file')(fileSystem)).toBe('123456')
  file.write([Buffer.from('over')], 0)
  expect(fileSystem.space('/')).toEqual({ totalBytes: 10, usableBytes: 0 })
  fileSystem.remove('/other')
  file.write([Buffer.from('78')], 6)
  expect(contentOf('/file')(fileSystem)).toBe('over5678')
})
