import type { Command } from 'commander'

/**
 * Adds the command that runs when a group of commands, such as `odradek topics`, is called without
 * one. A word that is no command of the group is refused by its name; `commander` alone would take
 * it for an argument of the default command.
 */
export function addDefaultCommand(group: Command, name: string): Command {
  group.hook('preSubcommand', () => {
    const [word] = group.args
    if (word !== undefined && !word.startsWith('-') && !hasCommand(group, word)) {
      group.error(`error: unknown command '${word}' of ${pathOf(group)}: use ${namesOf(group)}`)
    }
  })
  return group.command(name, { isDefault: true })
}

function hasCommand({ commands }: Command, word: string): boolean {
  return commands.some((command) => command.name() === word || command.aliases().includes(word))
}

function pathOf(group: Command): string {
  return group.parent === null ? group.name() : `${pathOf(group.parent)} ${group.name()}`
}

function namesOf({ commands }: Command): string {
  const names = commands.map((command) => command.name())
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
