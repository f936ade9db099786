export class Writer {
  finishContiguous(): Uint8Array {
    throw new Error('not yet')
  }
}
