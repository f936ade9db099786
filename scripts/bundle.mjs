/** @import { OutputOptions, Plugin } from 'rolldown' */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * In the sources, which are ES modules, `require` has to be made; CommonJS has its own.
 *
 * @type {Plugin}
 */
const ownRequire = {
  name: 'own-require',
  load: (id) =>
    /platform.require\.mjs$/.test(id)
      ? readFileSync(id, 'utf8').replace(/^(import|const require =) .*$/gm, '')
      : undefined,
}

/**
 * Bundles the package: all that the library needs in `odradek.js`, which `index.js` hands on and the command line uses
 * too, and a file for each command.
 *
 * @param {string} dir
 */
export async function bundlePackage(dir) {
  await bundle(
    dir,
    { index: 'src/index.ts', cli: 'src/cli/index.ts' },
    {
      codeSplitting: { groups: [{ name: 'odradek', test: /src.index\.ts$/ }] },
    },
  )
}

/**
 * Every source as a file of its own, so that its functions can be called by themselves.
 *
 * @param {string} dir
 */
export async function bundleModules(dir) {
  const names = filesIn('src').filter((name) => name.endsWith('.ts'))
  const input = names.map((name) => [name.slice('src/'.length, -'.ts'.length), name])
  await bundle(dir, Object.fromEntries(input), {
    preserveModules: true,
    preserveModulesRoot: join(root, 'src'),
  })
}

/**
 * CommonJS of sources, dependencies left out, with source maps.
 *
 * @param {string} dir
 * @param {Record<string, string>} input files by the name of the entry
 * @param {OutputOptions} output
 */
async function bundle(dir, input, output) {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const build = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: Object.keys(dependencies),
    transform: { target: 'node20.19' },
    plugins: [ownRequire],
  })
  await build.write({
    ...output,
    dir,
    format: 'cjs',
    exports: 'named',
    esModule: true,
    chunkFileNames: '[name].js',
    sourcemap: true,
    comments: false,
  })
  await build.close()
  writeFileSync(join(dir, 'package.json'), '{"type":"commonjs"}\n')
}

/**
 * Whether a source, or how it is built, has changed since the file was written, or the file is not there.
 *
 * @param {string} file
 */
export function isOlderThanSources(file) {
  const written = statSync(file, { throwIfNoEntry: false })
  if (written === undefined) return true
  const sources = [...filesIn('src'), ...filesIn('scripts')]
  return sources.some((name) => statSync(join(root, name)).mtimeMs > written.mtimeMs)
}

/** @param {string} folder */
function filesIn(folder) {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name))
}
