/** Link-local addresses: a cloud's instance metadata service, and the EKS Pod Identity Agent. Both hand out credentials of roles. */
export const linkLocal = '169.254.0.0/16';
/** The EKS Pod Identity Agent alone, which speaks http. */
export const podIdentityAgent = { cidr: '169.254.170.23/32', port: 80 };
