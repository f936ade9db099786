/** The finalized levels of features, as a broker knows them. */
export interface FeatureLevels {
  /** Grows with each change; -1 if the broker does not send it. */
  readonly epoch: number
  readonly levels: ReadonlyMap<string, number>
}

/**
 * The features of the cluster, such as `transaction.version` (KIP-584). Each new connection brings
 * them; those of the latest epoch count, because brokers learn of a change at different times.
 */
export class FinalizedFeatures {
  #latest: FeatureLevels = { epoch: -1, levels: new Map() }

  /** Adopts the features that a broker has sent, unless newer ones are known. */
  note(features: FeatureLevels): void {
    if (features.epoch > this.#latest.epoch) this.#latest = features
  }

  /** Returns the level of a feature; 0 if it has none. */
  level(name: string): number {
    return this.#latest.levels.get(name) ?? 0
  }
}
