/** Where a cloud has what gives out roles: the metadata service of a machine, and of EKS the agent of its pods. */
export const linkLocal = '169.254.0.0/16';
