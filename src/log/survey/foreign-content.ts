/** What a file may hold instead of record batches. */
export type ForeignContent = 'zeros' | 'text' | ArchiveFormat

/** A format that is unpacked before Kafka reads what is in it. */
export type ArchiveFormat = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'zip' | 'tar'

/** How a file of each format begins, and the command that unpacks it. */
const archives: Readonly<
  Record<ArchiveFormat, { readonly at: number; readonly magic: string; readonly advice: string }>
> = {
  gzip: { at: 0, magic: '1f8b', advice: 'gunzip it first' },
  zstd: { at: 0, magic: '28b52ffd', advice: 'unpack it first (zstd -d)' },
  xz: { at: 0, magic: 'fd377a585a00', advice: 'unpack it first (xz -d)' },
  bzip2: { at: 0, magic: '425a68', advice: 'unpack it first (bzip2 -d)' },
  zip: { at: 0, magic: '504b0304', advice: 'unpack it first (unzip)' },
  tar: { at: 257, magic: '7573746172', advice: 'unpack it first (tar -xf)' },
}

/** So many bytes tell it. */
export const FOREIGN_CONTENT_BYTES = 512

/** Returns what a file that begins with these bytes holds; `undefined` when that cannot be told. */
export function foreignContent(start: Uint8Array): ForeignContent | undefined {
  if (start.length === 0) return undefined
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length)
  for (const [format, { at, magic }] of Object.entries(archives)) {
    const found = bytes.subarray(at, at + magic.length / 2).toString('hex')
    if (found === magic) return format as ArchiveFormat
  }
  if (isZeroFilled(bytes)) return 'zeros'
  return start.every(isTextByte) ? 'text' : undefined
}

/** Returns in words what a file holds, and what to do about it. */
export function describeForeignContent(content: ForeignContent): string {
  switch (content) {
    case 'zeros':
      return 'it contains only zeros, as after a power failure'
    case 'text':
      return 'it contains text'
    case 'gzip':
    case 'zstd':
    case 'xz':
    case 'bzip2':
    case 'zip':
    case 'tar':
      return `it is a ${content} file: ${archives[content].advice}`
  }
}

/** Whether all bytes are zero. */
export function isZeroFilled(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const chunk = bytes.subarray(at, at + zeros.length)
    if (!chunk.equals(zeros.subarray(0, chunk.length))) return false
  }
  return true
}

const zeros = Buffer.alloc(64 * 1024)

/** Printable ASCII, white space, and the bytes of UTF-8 beyond it. */
function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d)
}
