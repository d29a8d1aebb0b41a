/** What a reflector has done since it was made, and how many objects it knows now. */
export interface ReflectorCounters {
  /** Lists that were answered, in one piece or as a stream. */
  lists: number;
  /** Watches that were opened. */
  watches: number;
  /** Watches that ended within a second without any progress. */
  shortWatches: number;
  /** Times the server no longer knew the version. */
  expired: number;
  /** Lists and watches that failed, for whatever reason. */
  errors: number;
  bookmarks: number;
  /** Additions, modifications and deletions that a watch told. */
  events: number;
  /** Objects that could not be understood, each time they were seen. */
  badItems: number;
  listenerErrors: number;
  /** Objects known now. */
  items: number;
}

/** All zero. */
export function newReflectorCounters(): ReflectorCounters {
  return {
    lists: 0,
    watches: 0,
    shortWatches: 0,
    expired: 0,
    errors: 0,
    bookmarks: 0,
    events: 0,
    badItems: 0,
    listenerErrors: 0,
    items: 0,
  };
}
