import type { Region } from '../overlay.ts';

/** The warm standby. */
export const tokyo: Region = {
  name: 'tokyo',
  aws: { region: 'ap-northeast-1', account: '111122223333' },
  subdomain: 'tokyo.',
  hasPipelines: false,
  replicatesTo: undefined,
};
