import { expect, test } from 'vitest'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describeForeignContent, foreignContent } from '../../../src/log/survey/foreign-content.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'

test('a file is recognized by its first bytes', () => {
  const tar = Buffer.alloc(512)
  tar.write('orders-0/', 0)
  tar.write('ustar', 257)
  const starts: [Uint8Array, string | undefined][] = [
    [gzipSync('records'), 'gzip'],
    [Buffer.from('28b52ffd0000', 'hex'), 'zstd'],
    [Buffer.from('fd377a585a000000', 'hex'), 'xz'],
    [Buffer.from('BZh91AY'), 'bzip2'],
    [Buffer.from('PK\u0003\u0004'), 'zip'],
    [tar, 'tar'],
    [Buffer.alloc(512), 'zeros'],
    [Buffer.from('grüße\r\n'), 'text'],
    [brotliCompressSync('records'), undefined],
    [encodeBatch([{ value: Buffer.from('x'), timestamp: 0 }]), undefined],
    [new Uint8Array(0), undefined],
  ]
  for (const [start, content] of starts) expect(foreignContent(start)).toBe(content)
  expect(describeForeignContent('gzip')).toBe('it is a gzip file: gunzip it first')
})
