/** Names of the PriorityClasses, which charts/nodes.ts makes. */
export const priority = { service: 'service', run: 'run' } as const;
