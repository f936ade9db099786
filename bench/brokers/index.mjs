/** @import { BrokerKind } from '../types.ts' */
import { kafka } from './kafka.mjs'
import { kfake } from './kfake.mjs'
import { odradek } from './odradek.mjs'

/** @type {readonly BrokerKind[]} */
export const brokerKinds = [odradek, kfake, kafka]
