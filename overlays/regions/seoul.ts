import type { Region } from '../overlay.ts';

export const seoul: Region = {
  name: 'seoul',
  aws: { region: 'ap-northeast-2', account: '111122223333' },
  subdomain: '',
  hasPipelines: true,
  replicatesTo: 'tokyo',
};
