/** Names of the PriorityClasses that charts/nodes.ts creates. */
export const priority = { service: 'service', run: 'run' } as const;
