/** The kinds of groups, with their names in ListGroups. */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'
