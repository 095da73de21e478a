/** Exit statuses of the programs that write releases: by them a pipeline and a person decide what to do next. */
export const exitStatus = { input: 2, refused: 3, conflict: 4, unavailable: 5, damaged: 6, unsigned: 7 } as const;
