/** Link-local addresses: a cloud's instance metadata service, and the EKS Pod Identity Agent. Both hand out credentials of roles. */
export const linkLocal = '169.254.0.0/16';
