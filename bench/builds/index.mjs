/** @import { BrokerKind } from '../types.ts' */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { odradekBuild } from '../brokers/odradek.mjs'
import { revisionBuild } from './revision-build.mjs'

/**
 * Returns the builds that `--builds` names. A build that is named twice is measured twice, which
 * shows the noise.
 *
 * @param {string | undefined} names directories of built checkouts, or git revisions, separated by
 * commas
 * @returns {BrokerKind[]}
 */
export function namedBuilds(names) {
  if (names === undefined) return []
  /** @type {BrokerKind[]} */
  const builds = []
  for (const name of names.split(',')) {
    const isDirectory = existsSync(join(name, 'bin/odradek.js'))
    const directory = isDirectory ? resolve(name) : revisionBuild(name)
    const title = name === '.' ? 'checkout' : isDirectory ? basename(directory) : name
    const before = builds.filter((build) => build.name.split(' (')[0] === title).length
    builds.push(odradekBuild(before === 0 ? title : `${title} (${before + 1})`, directory))
  }
  return builds
}
