import { expect, onTestFinished, test } from 'vitest'
import { lazyPackage } from '../../src/platform/lazy-package.ts'
import {
  onMissingPackage,
  reportMissingPackage,
  type MissingPackage,
} from '../../src/platform/missing-packages.ts'

/** Listens until the end of the test. */
function listen(): MissingPackage[] {
  const told: MissingPackage[] = []
  onTestFinished(onMissingPackage((missing) => told.push(missing)))
  return told
}

test('a package that cannot be loaded is replaced, and reported once', () => {
  const told = listen()
  const others = listen()
  const fallback = {}
  const get = lazyPackage<object>('odradek-absent', fallback)
  expect(told).toEqual([])
  expect(get()).toBe(fallback)
  expect(get()).toBe(fallback)
  expect(told).toHaveLength(1)
  expect(told[0]!.message).toContain('The package odradek-absent is not installed')
  expect(others).toEqual([])
})

test('a missing package is reported later if there is no listener yet', () => {
  lazyPackage('odradek-missed', {})()
  expect(listen().map(({ name }) => name)).toEqual(['odradek-missed'])
  expect(listen()).toEqual([])
})

test("the platform's package is named if only that is missing", () => {
  const told = listen()
  reportMissingPackage('snappy', nativeError("Cannot find module '@napi-rs/snappy-linux-x64-gnu'"))
  expect(told).toEqual([
    {
      name: 'snappy',
      missing: '@napi-rs/snappy-linux-x64-gnu',
      message:
        'The package @napi-rs/snappy-linux-x64-gnu is not installed: slower JavaScript is used in place of snappy. ' +
        'To install it: npm install --include=optional (or: npm install @napi-rs/snappy-linux-x64-gnu)',
    },
  ])
})

test('an installed package that cannot be loaded is reported with the reason', () => {
  const told = listen()
  reportMissingPackage('snappy', nativeError("libc.so.6: version 'GLIBC_2.33' not found"))
  expect(told[0]!.message).toBe(
    "The package snappy cannot be loaded (libc.so.6: version 'GLIBC_2.33' not found): " +
      'slower JavaScript is used instead',
  )
})

/** An error as packages with native code throw it: a chain of their attempts. */
function nativeError(reason: string): Error {
  const reasons = [
    "Cannot find module './snappy.linux-x64-gnu.node'\nRequire stack:\n- index.js",
    `${reason}\nRequire stack:\n- index.js`,
    "Cannot find module './snappy.wasi.cjs'\nRequire stack:\n- index.js",
    "Cannot find module '@napi-rs/snappy-wasm32-wasi'\nRequire stack:\n- index.js",
    'Cannot find native binding. Please try `npm i` again.',
  ]
  return reasons.reduce<Error | undefined>(
    (cause, message) => new Error(message, { cause }),
    undefined,
  )!
}
