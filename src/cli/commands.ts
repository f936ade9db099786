import type { Command } from 'commander'

interface CommandEntry {
  readonly summary: string
  /** Loads what adds the command's options, help and action. */
  readonly load: () => Promise<(command: Command) => void>
}

/** The commands, in the order in which the help lists them. */
export const commands = {
  start: {
    summary: 'start a broker, or several (default)',
    load: async () => (await import('./commands/start.ts')).start,
  },
  topics: {
    summary: 'list, create, describe, change and delete topics',
    load: async () => (await import('./commands/topics.ts')).topics,
  },
  produce: {
    summary: 'send the lines of the standard input to a topic',
    load: async () => (await import('./commands/produce.ts')).produce,
  },
  consume: {
    summary: 'print the records of topics',
    load: async () => (await import('./commands/consume.ts')).consume,
  },
  groups: {
    summary: 'list, describe and delete consumer groups, and reset their offsets',
    load: async () => (await import('./commands/groups.ts')).groups,
  },
  open: {
    summary: 'serve copied partitions or data directories, to be read only',
    load: async () => (await import('./commands/open.ts')).open,
  },
  dump: {
    summary: 'print what is in the files of a log, or check them',
    load: async () => (await import('./commands/dump.ts')).dump,
  },
} as const satisfies Record<string, CommandEntry>

export type CommandName = keyof typeof commands
