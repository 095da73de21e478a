import { expect, test } from '@jest/globals';
import { readEnvironment } from './environment.ts';

const good = {
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/secret',
  LINK_FORGE: 'http://localhost:3000/tickets/',
  LINK_ARGOCD: 'http://argocd.localhost',
  WATCH: 'applications',
};

test('reads its addresses', () => {
  expect(readEnvironment(good).settings).toEqual({
    webhooks: [{ channel: 'slack', url: good.SLACK_WEBHOOK_URL }],
    addresses: { forge: 'http://localhost:3000/tickets', argocd: 'http://argocd.localhost' },
    watch: ['applications'],
    kubeconfig: undefined,
    healthPort: 8080,
  });
});

test('an Argo CD without a web interface has no address, and that is said', () => {
  const { settings, faults } = readEnvironment({ ...good, LINK_ARGOCD: 'none' });
  expect([settings?.addresses, faults]).toEqual([{ forge: 'http://localhost:3000/tickets', argocd: undefined }, []]);
});

test.each(['xhttp://a', 'httpx://a', 'javascript:http:', 'a'])('%s is no address of a link', (address) => {
  expect(readEnvironment({ ...good, LINK_FORGE: address }).faults).toEqual([
    `LINK_FORGE: given "${address}", allowed an http or https address`,
  ]);
});

test('names all faults at once, and not the secret', () => {
  expect(
    readEnvironment({
      SLACK_WEBHOOK_URL: 'hooks.slack.com/secret',
      LINK_FORGE: 'javascript:alert(1)',
      WATCH: 'applications,pods',
      HEALTH_PORT: '-1',
    }).faults,
  ).toEqual([
    'SLACK_WEBHOOK_URL: allowed an http or https address',
    'LINK_FORGE: given "javascript:alert(1)", allowed an http or https address',
    'LINK_ARGOCD: given nothing, allowed an http or https address, or none',
    'WATCH: given "applications,pods", allowed a list of pipelineruns, applications',
    'HEALTH_PORT: given "-1", allowed a port number',
  ]);
});

test('names what is not set', () => {
  expect(readEnvironment({}).faults.map((fault) => fault.split(',')[0])).toEqual([
    'SLACK_WEBHOOK_URL: given nothing',
    'LINK_FORGE: given nothing',
    'LINK_ARGOCD: given nothing',
    'WATCH: given nothing',
  ]);
});

test('without a channel there is nobody to notify', () => {
  expect(readEnvironment({ ...good, SLACK_WEBHOOK_URL: ' ' }).faults).toEqual([
    'SLACK_WEBHOOK_URL: given nothing, allowed an http or https address; set one for each channel to notify',
  ]);
});

test.each(['65536', '1x', 'x1', '-1', '1.5'])('%s is no port, of neither of the two', (port) => {
  expect(readEnvironment({ ...good, HEALTH_PORT: port, ALERTS_PORT: port })).toEqual({
    faults: [
      `HEALTH_PORT: given "${port}", allowed a port number`,
      `ALERTS_PORT: given "${port}", allowed a port number`,
    ],
  });
});

test('everything that can be set, with the blanks that a file may add', () => {
  const all = { WATCH: 'pipelineruns,applications\n', HEALTH_PORT: '65535 ', ALERTS_PORT: '9093', KUBECONFIG: ' /k ' };
  expect(readEnvironment({ ...good, ...all })).toMatchObject({
    settings: { watch: ['pipelineruns', 'applications'], healthPort: 65_535, alertsPort: 9093, kubeconfig: '/k' },
    faults: [],
  });
});
