/** Returns the message about a group that does not exist. */
export function unknownGroup(groupId: string): string {
  return `group ${groupId} does not exist. 'odradek groups' lists all groups.`
}

/** Returns the message about a group that must have no members. */
export function hasMembers(groupId: string): string {
  return `group ${groupId} has members: stop them first`
}
