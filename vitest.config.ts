import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**', 'test/contract/**', 'test/package/**'],
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
