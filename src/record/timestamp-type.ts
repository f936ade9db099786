/** The meaning of a batch's timestamps. Magic 0 has none. */
export const TimestampType = {
  NoTimestampType: 'NoTimestampType',
  CreateTime: 'CreateTime',
  LogAppendTime: 'LogAppendTime',
} as const
export type TimestampType = (typeof TimestampType)[keyof typeof TimestampType]

/** The timestamp of a record without one. */
export const NO_TIMESTAMP = -1
