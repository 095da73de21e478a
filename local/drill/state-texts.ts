/** What the state machine does in each state, for people who follow a drill; the report and the events have the names of the states. */
const texts: Record<string, string> = {
  Admit: 'admits the event, and takes the lock',
  'aurora-healthcheck-seoul':
    'probes the database, the services and the region of Seoul, from Tokyo and from the witness',
  'rds-healthcheck-tokyo': 'probes the database and the services of Tokyo',
  Preflight: 'checks whether the database of Tokyo may be promoted',
  Decide:
    'records the branch and the epoch in the lock: from here on the failover is finished, by this run or by the next',
  'Tell begun': 'notifies people that the failover began',
  Fence: 'notifies the fence in Seoul that Tokyo writes',
  Promote: 'promotes the database of Tokyo',
  Stabilise: 'waits for the promotion',
  'Confirm writer': 'checks whether the database of Tokyo accepts writes',
  'Tell promoted': 'notifies people that the database of Tokyo is promoted',
  'Switch traffic': 'sends all customers to Tokyo',
  'Tell moved': 'notifies people that the traffic moved',
  Scale: 'asks for more nodes in Tokyo',
  Verify: 'checks whether Tokyo writes and serves',
  Settle: 'records in the lock how the run ended',
  Report: 'notifies people of the end',
};

/** The sentence of a state, with its name. */
export const stateText = (name: string): string => (texts[name] ? `${texts[name]} (${name})` : name);
