export class Reader {
  constructor(_b: Uint8Array, _s = 0) {}
}
