import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The order of test files. Vitest starts those that took longest the last time, or else the largest
 * files. The simulations are small files, but take longest: started last, they would run while the
 * other cores are idle.
 */
export class SimulationsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const projects = new Set(sorted.map(({ project }) => project))
    return [...projects].flatMap((project) => {
      const own = sorted.filter((file) => file.project === project)
      return [...own.filter(isSimulation), ...own.filter((file) => !isSimulation(file))]
    })
  }
}

function isSimulation({ moduleId }: TestSpecification): boolean {
  return moduleId.includes('/test/simulation/')
}
