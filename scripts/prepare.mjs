// Builds the package in a checkout. npm runs this after `npm ci` and `npm install`, and when it
// packs the package. It does not run where the published package is installed.
import { createRequire } from 'node:module'

if (isInstalled('rolldown') && isInstalled('typescript')) {
  process.argv.push('--if-stale')
  await import('./build.mjs')
} else {
  console.error('odradek is not built: npm was told to omit the development dependencies.')
}

/** @param {string} name */
function isInstalled(name) {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`) !== ''
  } catch {
    return false
  }
}
