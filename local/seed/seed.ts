export { api } from './forge.ts';
export { git, owner, repositoryUrl, services } from './git.ts';
export { secrets } from './secrets.ts';
export { bringService, headOf } from './services.ts';
