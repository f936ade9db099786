import { bool, message, string } from '../schema/index.ts'

/** A principal in an envelope between brokers and controller; an int16 version precedes it. */
export const DefaultPrincipalData = message(
  'DefaultPrincipalData',
  { versions: [0, 0], flexible: 0 },
  {
    type: string,
    name: string,
    tokenAuthenticated: bool,
  },
)
