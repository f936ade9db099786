import type { Command } from 'commander'

interface CommandEntry {
  readonly summary: string
  /** Loads the function that adds the command's options, help and action. */
  readonly load: () => Promise<(command: Command) => void>
}

/** The commands, in the order of the help. */
export const commands = {
  start: {
    summary: 'start one or more brokers (default)',
    load: async () => (await import('./commands/start.ts')).start,
  },
  topics: {
    summary: 'list, create, describe, change and delete topics',
    load: async () => (await import('./commands/topics.ts')).topics,
  },
  produce: {
    summary: 'send each line of the standard input as a record',
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
  transactions: {
    summary: 'list, describe and abort transactions, and find those that hang',
    load: async () => (await import('./commands/transactions.ts')).transactions,
  },
  brokers: {
    summary: 'list, stop, kill, pause, add, remove and restart brokers of a cluster',
    load: async () => (await import('./commands/brokers.ts')).brokers,
  },
  network: {
    summary: 'cut and delay the network of a cluster',
    load: async () => (await import('./commands/network.ts')).network,
  },
  open: {
    summary: 'serve copied partitions or data directories as read-only topics',
    load: async () => (await import('./commands/open.ts')).open,
  },
  dump: {
    summary: 'print the content of log files, or check them',
    load: async () => (await import('./commands/dump.ts')).dump,
  },
} as const satisfies Record<string, CommandEntry>

export type CommandName = keyof typeof commands
