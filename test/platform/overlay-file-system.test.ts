import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import type { FileHandle } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { OverlayFileSystem } from '../../src/platform/overlay-file-system.ts'
import { scaled } from '../support/scale.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('an attached directory', () => {
  let root: string
  let overlay: OverlayFileSystem

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'odradek-overlay-'))
    mkdirSync(join(root, 'sub'))
    writeFileSync(join(root, 'a'), 'first')
    writeFileSync(join(root, 'b'), 'second')
    overlay = new OverlayFileSystem(new DiskFileSystem())
    overlay.attach('/1/orders-0', root)
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const expectUntouched = (): void => {
    expect(readdirSync(root)).toEqual(['a', 'b', 'sub'])
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('first')
    expect(readFileSync(join(root, 'b'), 'utf8')).toBe('second')
  }

  test('shows its files, and is locked without a trace', () => {
    expect(overlay.list('/1')).toEqual(['orders-0'])
    expect(overlay.list('/1/orders-0')).toEqual(['a', 'b'])
    expect(text(overlay.readFile('/1/orders-0/a'))).toBe('first')
    expect(overlay.isDirectory('/1/orders-0')).toBe(true)
    overlay.lock('/1/orders-0')
    expectUntouched()
  })

  test('is written in memory', () => {
    const file = overlay.open('/1/orders-0/a')
    file.write([Buffer.from('FI'), Buffer.from('R')], 0)
    file.write([Buffer.from('!')], 6)
    file.sync()
    file.close()
    expect(text(overlay.readFile('/1/orders-0/a'))).toBe('FIRst\0!')
    overlay.writeFile('/1/orders-0/b', 'replaced')
    overlay.writeFile('/1/orders-0/c', 'new')
    expect(overlay.list('/1/orders-0')).toEqual(['a', 'b', 'c'])
    expect(text(overlay.readFile('/1/orders-0/b'))).toBe('replaced')
    expectUntouched()
  })

  test('loses and renames files in memory', () => {
    overlay.rename('/1/orders-0/a', '/1/orders-0/a.deleted')
    overlay.writeFile('/1/orders-0/b.tmp', 'newer')
    overlay.rename('/1/orders-0/b.tmp', '/1/orders-0/b')
    expect(overlay.list('/1/orders-0')).toEqual(['a.deleted', 'b'])
    expect(text(overlay.readFile('/1/orders-0/b'))).toBe('newer')
    expect(text(overlay.readFile('/1/orders-0/a.deleted'))).toBe('first')
    overlay.remove('/1/orders-0/a.deleted')
    expect(overlay.exists('/1/orders-0/a.deleted')).toBe(false)
    expect(() => overlay.open('/1/orders-0/a')).toThrow('ENOENT')
    expectUntouched()
  })

  test('is renamed and removed completely, in memory', () => {
    overlay.rename('/1/orders-0', '/1/orders-0.gone-delete')
    expect(overlay.exists('/1/orders-0')).toBe(false)
    expect(overlay.list('/1/orders-0.gone-delete')).toEqual(['a', 'b'])
    overlay.remove('/1/orders-0.gone-delete')
    expect(overlay.list('/1')).toEqual([])
    expect(overlay.exists('/1/orders-0.gone-delete/a')).toBe(false)
    expectUntouched()
  })

  test('need not be writable', () => {
    chmodSync(join(root, 'a'), 0o400)
    const file = overlay.open('/1/orders-0/a')
    file.truncate(2)
    file.close()
    expect(text(overlay.readFile('/1/orders-0/a'))).toBe('fi')
    expectUntouched()
  })
})

test('a file over another behaves like a copy in every operation', () => {
  const PATH = '/d/file'
  const position = fc.integer({ min: 0, max: 60_000 })
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('write' as const), at: position, size: fc.nat(20_000) }),
      fc.record({ kind: fc.constant('truncate' as const), at: position }),
      fc.record({ kind: fc.constant('read' as const), at: position, size: fc.nat(40_000) }),
    ),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(fc.nat(50_000), steps, (sizeInBytes, todo) => {
      const below = new MemoryFileSystem()
      below.makeDirectory('/d')
      const content = Buffer.from(Array.from({ length: sizeInBytes }, (_, i) => (i % 251) + 1))
      below.writeFile(PATH, content)
      const overlay = new OverlayFileSystem(below)
      overlay.attach('/d', '/d')
      const model = new MemoryFileSystem()
      model.makeDirectory('/d')
      model.writeFile(PATH, content)
      const files: FileHandle[] = [overlay.open(PATH), model.open(PATH)]
      for (const [index, step] of todo.entries()) {
        const outcomes = files.map((file) => {
          switch (step.kind) {
            case 'write':
              return file.write([Buffer.alloc(step.size, index + 1)], step.at)
            case 'truncate':
              return file.truncate(step.at)
            case 'read': {
              const target = Buffer.alloc(step.size)
              const count = file.read(target, step.at)
              return target.subarray(0, count).toString('base64')
            }
          }
        })
        expect(outcomes[0]).toBe(outcomes[1])
        expect(files[0]!.size()).toBe(files[1]!.size())
      }
      expect(Buffer.compare(overlay.readFile(PATH), model.readFile(PATH))).toBe(0)
      expect(Buffer.compare(below.readFile(PATH), content)).toBe(0)
    }),
    { numRuns: scaled(200) },
  )
})
