/** @import { OutputOptions, Plugin } from 'rolldown' */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The sources are ES modules and must create `require`; CommonJS has its own.
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
 * Bundles the package: the library in `odradek.js`, which `index.js` re-exports and the command
 * line also uses, and a file for each command.
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
 * Builds every source into its own file, so that its functions can be called separately.
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
 * Bundles sources as CommonJS with source maps, without dependencies.
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
 * Whether the file does not exist, or a source or a build script has changed since it was written.
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
