import { expect, test } from 'vitest'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SplicedFileHandle } from '../../src/platform/spliced-file.ts'

test('parts of a file are read as one file', () => {
  const fileSystem = new MemoryFileSystem()
  fileSystem.writeFile('/file', 'abcdefghij')
  const file = new SplicedFileHandle(fileSystem.open('/file'), [
    { position: 1, sizeInBytes: 2 },
    { position: 4, sizeInBytes: 1 },
    { position: 7, sizeInBytes: 3 },
  ])
  const content = 'bcehij'
  expect(file.size()).toBe(content.length)
  for (let position = 0; position <= content.length + 1; position++) {
    for (let length = 0; length <= content.length; length++) {
      const target = Buffer.alloc(length)
      const count = file.read(target, position)
      expect(target.subarray(0, count).toString()).toBe(content.slice(position, position + length))
    }
  }
  expect(() => file.write()).toThrow('EROFS')
  expect(() => file.truncate()).toThrow('EROFS')
})
