/** Content of a file other than record batches. */
export type ForeignContent = 'zeros' | 'text' | ArchiveFormat

/** A format that must be unpacked before Kafka can read it. */
export type ArchiveFormat = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'zip' | 'tar'

/** The first bytes of each format, and the command that unpacks it. */
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

/** The number of bytes that {@link foreignContent} needs. */
export const FOREIGN_CONTENT_BYTES = 512

/** Returns the content of a file that begins with these bytes, or undefined if it is unknown. */
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

/** Describes the content of a file, and what to do about it. */
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

/** Returns whether all bytes are zero. */
export function isZeroFilled(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const chunk = bytes.subarray(at, at + zeros.length)
    if (!chunk.equals(zeros.subarray(0, chunk.length))) return false
  }
  return true
}

const zeros = Buffer.alloc(64 * 1024)

/** Returns whether the byte is printable ASCII, white space, or part of a UTF-8 character. */
function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x09 && byte <= 0x0d)
}
