/**
 * Returns the 64-bit XXH3 hash of bytes with seed 0 and the default secret, as a signed integer.
 * Kafka's group coordinator hashes topics and groups with it.
 */
export function xxh3(bytes: Uint8Array): bigint {
  const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return BigInt.asIntN(64, hashOf(input))
}

function hashOf(input: DataView): bigint {
  const size = input.byteLength
  if (size <= 16) return hashUpTo16(input)
  if (size <= 128) return hashUpTo128(input)
  if (size <= 240) return hashUpTo240(input)
  return hashLong(input)
}

const SECRET_HEX =
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f' +
  'cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
  '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364' +
  'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e' +
  '2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'

const secretBytes = Uint8Array.from(Buffer.from(SECRET_HEX, 'hex'))
const secret = new DataView(secretBytes.buffer)

const PRIME32_1 = 0x9e3779b1n
const PRIME32_2 = 0x85ebca77n
const PRIME32_3 = 0xc2b2ae3dn
const PRIME64_1 = 0x9e3779b185ebca87n
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn
const PRIME64_3 = 0x165667b19e3779f9n
const PRIME64_4 = 0x85ebca77c2b2ae63n
const PRIME64_5 = 0x27d4eb2f165667c5n
const PRIME_MX1 = 0x165667919e3779f9n
const PRIME_MX2 = 0x9fb21c651e98df25n

const STRIPE_SIZE = 64
const LANES = 8
const SECRET_STEP = 8
const STRIPES_PER_BLOCK = (secretBytes.length - STRIPE_SIZE) / SECRET_STEP
const BLOCK_SIZE = STRIPES_PER_BLOCK * STRIPE_SIZE

function hashUpTo16(input: DataView): bigint {
  const size = input.byteLength
  if (size === 0) return avalanche64(word(secret, 56) ^ word(secret, 64))
  if (size < 4) {
    const first = input.getUint8(0)
    const middle = input.getUint8(size >> 1)
    const last = input.getUint8(size - 1)
    const combined = BigInt(((first << 16) | (middle << 24) | last | (size << 8)) >>> 0)
    return avalanche64(combined ^ halfWord(secret, 0) ^ halfWord(secret, 4))
  }
  if (size <= 8) {
    const combined = halfWord(input, size - 4) + (halfWord(input, 0) << 32n)
    return mixSmall(combined ^ word(secret, 8) ^ word(secret, 16), size)
  }
  const low = word(input, 0) ^ word(secret, 24) ^ word(secret, 32)
  const high = word(input, size - 8) ^ word(secret, 40) ^ word(secret, 48)
  return avalanche(BigInt(size) + swapBytes(low) + high + foldedProduct(low, high))
}

function hashUpTo128(input: DataView): bigint {
  const size = input.byteLength
  let sum = BigInt(size) * PRIME64_1
  for (let pair = Math.ceil(size / 32) - 1; pair >= 0; pair--) {
    sum += mix16(input, pair * 16, pair * 32)
    sum += mix16(input, size - (pair + 1) * 16, pair * 32 + 16)
  }
  return avalanche(sum)
}

function hashUpTo240(input: DataView): bigint {
  const size = input.byteLength
  let sum = BigInt(size) * PRIME64_1
  for (let round = 0; round < 8; round++) sum += mix16(input, round * 16, round * 16)
  sum = avalanche(sum)
  const rounds = size >> 4
  for (let round = 8; round < rounds; round++) {
    sum += mix16(input, round * 16, (round - 8) * 16 + 3)
  }
  return avalanche(sum + mix16(input, size - 16, 119))
}

function hashLong(input: DataView): bigint {
  const size = input.byteLength
  const lanes = [
    PRIME32_3,
    PRIME64_1,
    PRIME64_2,
    PRIME64_3,
    PRIME64_4,
    PRIME32_2,
    PRIME64_5,
    PRIME32_1,
  ]
  const stripes = Math.floor((size - 1) / STRIPE_SIZE)
  for (let stripe = 0; stripe < stripes; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK
    accumulate(lanes, input, stripe * STRIPE_SIZE, inBlock * SECRET_STEP)
    const isBlockEnd = inBlock === STRIPES_PER_BLOCK - 1
    if (isBlockEnd && (stripe + 1) * STRIPE_SIZE <= lastBlockStart(size)) scramble(lanes)
  }
  accumulate(lanes, input, size - STRIPE_SIZE, secretBytes.length - STRIPE_SIZE - 7)
  return merge(lanes, BigInt(size) * PRIME64_1)
}

/** The last block is never scrambled, even if it is full. */
function lastBlockStart(size: number): number {
  return Math.floor((size - 1) / BLOCK_SIZE) * BLOCK_SIZE
}

function accumulate(lanes: bigint[], input: DataView, at: number, secretAt: number): void {
  for (let lane = 0; lane < LANES; lane++) {
    const value = word(input, at + lane * 8)
    const key = value ^ word(secret, secretAt + lane * 8)
    lanes[lane ^ 1] = low64(lanes[lane ^ 1]! + value)
    lanes[lane] = low64(lanes[lane]! + (key & 0xffffffffn) * (key >> 32n))
  }
}

function scramble(lanes: bigint[]): void {
  const from = secretBytes.length - STRIPE_SIZE
  for (let lane = 0; lane < LANES; lane++) {
    const value = lanes[lane]!
    lanes[lane] = low64((value ^ (value >> 47n) ^ word(secret, from + lane * 8)) * PRIME32_1)
  }
}

function merge(lanes: readonly bigint[], start: bigint): bigint {
  let sum = start
  for (let pair = 0; pair < LANES / 2; pair++) {
    const low = lanes[pair * 2]! ^ word(secret, 11 + pair * 16)
    const high = lanes[pair * 2 + 1]! ^ word(secret, 19 + pair * 16)
    sum += foldedProduct(low, high)
  }
  return avalanche(sum)
}

function mix16(input: DataView, at: number, secretAt: number): bigint {
  const low = word(input, at) ^ word(secret, secretAt)
  const high = word(input, at + 8) ^ word(secret, secretAt + 8)
  return foldedProduct(low, high)
}

function mixSmall(value: bigint, size: number): bigint {
  let hash = value ^ rotateLeft(value, 49n) ^ rotateLeft(value, 24n)
  hash = low64(hash * PRIME_MX2)
  hash = low64((hash ^ ((hash >> 35n) + BigInt(size))) * PRIME_MX2)
  return hash ^ (hash >> 28n)
}

function avalanche(value: bigint): bigint {
  let hash = low64(value)
  hash = low64((hash ^ (hash >> 37n)) * PRIME_MX1)
  return hash ^ (hash >> 32n)
}

function avalanche64(value: bigint): bigint {
  let hash = low64((value ^ (value >> 33n)) * PRIME64_2)
  hash = low64((hash ^ (hash >> 29n)) * PRIME64_3)
  return hash ^ (hash >> 32n)
}

/** Returns the product of two words, the halves of its 128 bits combined. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b
  return low64(product) ^ (product >> 64n)
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return low64(value << bits) | (value >> (64n - bits))
}

function swapBytes(value: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, value, true)
  return view.getBigUint64(0)
}

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function word(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true)
}

function halfWord(view: DataView, at: number): bigint {
  return BigInt(view.getUint32(at, true))
}
