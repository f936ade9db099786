import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot, sourceFiles } from './support/source-files.ts'

const sources = sourceFiles('src')
const tests = sourceFiles('test')

describe('source files', () => {
  test('none has more than 500 lines', () => {
    expect(
      sources.filter(({ text }) => text.split('\n').length > 501).map(({ path }) => path),
    ).toEqual([])
  })

  test('their median is at most 150 lines', () => {
    const lengths = sources.map(({ text }) => text.split('\n').length).sort((a, b) => a - b)
    expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(150)
  })

  test('none has a TODO without an issue number', () => {
    const later = /\b(TODO|FIXME|XXX)\b(?!.*#\d+)/
    expect(
      [...sources, ...tests]
        .filter(({ path, text }) => path !== 'test/tidy.test.ts' && later.test(text))
        .map(({ path }) => path),
    ).toEqual([])
  })

  test('none has a default export, an enum, a namespace or an `any`', () => {
    const forbidden =
      /^export default |^(export )?(const )?enum |^(export )?namespace |: any\b|<any>|as any\b/m
    expect(sources.filter(({ text }) => forbidden.test(text)).map(({ path }) => path)).toEqual([])
  })

  test('exported functions and classes have a doc comment', () => {
    const undocumented = sources.flatMap(({ path, text }) =>
      [
        ...text.matchAll(
          /(^|\n)([^\n]*)\nexport (?:async )?(?:function\*? |class |abstract class )(\w+)/g,
        ),
      ]
        .filter(([, , before]) => !before!.trimEnd().endsWith('*/'))
        .map((match) => `${path}: ${match[3]}`),
    )
    expect(undocumented).toEqual([])
  })
})

describe('comments', () => {
  const commented = [...sources, ...tests, ...sourceFiles('bench')].filter(
    ({ path }) => path !== 'test/tidy.test.ts',
  )

  test('are at most 100 columns wide', () => {
    expect(commentLinesIn(commented, (line) => line.length > 100)).toEqual([])
  })

  test('use the words of Kafka and Node', () => {
    const oldWords =
      /\b(anew|beside|nobody|somebody|everybody|whoever|goes on|go on|(is|are|was|were) told|passe[sd] over|for ever|without a word|handed in)\b/
    expect(commentLinesIn(commented, (line) => oldWords.test(line))).toEqual([])
  })

  test('start with what something is or does, and not with a question word', () => {
    const question = /^\s*\/\*\* (What|Who|Where|Why|Whose) /
    expect(commentLinesIn(commented, (line) => question.test(line))).toEqual([])
  })
})

describe('tests', () => {
  test('none sleeps', () => {
    const sleep = /\bsleep\(|setTimeout\(\s*(resolve|r|done)\b/
    expect(
      tests
        .filter(({ path, text }) => path !== 'test/tidy.test.ts' && sleep.test(text))
        .map(({ path }) => path),
    ).toEqual([])
  })

  test('none is focused, and every skip has a reason', () => {
    const focused = /\b(test|it|describe)\.(only|todo|fails)\(/
    const skipped = /\b(test|it|describe)\.skip\(/
    expect(
      tests
        .filter(
          ({ path, text }) =>
            path !== 'test/tidy.test.ts' && (focused.test(text) || skipped.test(text)),
        )
        .map(({ path }) => path),
    ).toEqual([])
  })
})

describe('the repository', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' })
    .trim()
    .split('\n')

  test('has no registry addresses in the lock files', () => {
    const locks = tracked.filter((path) => path.endsWith('package-lock.json'))
    expect(locks.length).toBeGreaterThan(0)
    expect(
      locks.filter((path) =>
        readFileSync(join(projectRoot, path), 'utf8').includes('"resolved": "http'),
      ),
    ).toEqual([])
  })

  test('pins every dependency exactly', () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('none of its run-time dependencies needs an install script', () => {
    const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>
    }
    expect(
      Object.entries(lock.packages)
        .filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
        .map(([name]) => name),
    ).toEqual([])
  })
})

/** Returns the position and text of the comment lines for which the condition holds. */
function commentLinesIn(
  files: readonly { path: string; text: string }[],
  condition: (line: string) => boolean,
): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, index) => ({ line, number: index + 1 }))
      .filter(({ line }) => /^\s*(\/\*|\*|\/\/)/.test(line) && condition(line))
      .map(({ line, number }) => `${path}:${number}: ${line.trim()}`),
  )
}
