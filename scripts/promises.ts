/**
 * The promises of the platform, each with the title of its test. Numbers are those of the design's list of guarantees. scripts/guarantees.ts generates
 * `docs/guarantees.md` from this list and `e2e/record.json`.
 */
export type Promised = { number?: string; promise: string; test: string };

export const promises: Promised[] = [
  {
    number: 'G1',
    promise: 'A repeated delivery makes one run and one release',
    test: 'G1: the same delivery again, five times at once, starts no second run and sends no second message',
  },
  {
    number: 'G1',
    promise: '… also when the first five come at once',
    test: 'G1: five first deliveries at once start exactly one run',
  },
  {
    promise: 'A push of any service is served in dev, with the image in both registries, by scripts/loop',
    test: 'scripts/loop takes each service from a git push to dev, with the image in both registries, and Slack is notified once a stage',
  },
  {
    number: 'G2',
    promise: 'A delivery that is unsigned, wrongly signed or of another repository starts nothing',
    test: 'G2: none of them left a run',
  },
  {
    promise: 'Unsigned bodies, the worst and many at once, neither end the EventListener nor keep it from a push',
    test: 'the worst unsigned bodies, many at once, neither end the EventListener nor keep it from a push',
  },
  {
    number: 'G3',
    promise: 'A signature is of the very bytes that were sent, not of the same JSON',
    test: 'G3: a signature is of the very bytes that were sent',
  },
  {
    number: 'G4',
    promise: 'A push whose delivery was lost gets one run',
    test: 'G4: a push whose webhook was lost is redelivered, and once only',
  },
  {
    promise: '… and its message says what to check, as a content type that Tekton refuses',
    test: 'a run whose webhook started none says so, and what to check',
  },
  {
    number: 'G5',
    promise: 'Concurrent writers of many services lose no release',
    test: 'G5: many writers at once: every change is there, one commit each, in one line',
  },
  {
    number: 'G6',
    promise: 'An older, slower run does not overwrite a newer release',
    test: 'G6: two pushes in a row end with the newer one, whichever run is faster',
  },
  {
    number: 'G7',
    promise: 'An existing release is not committed again',
    test: 'G7: the same release by another run is unchanged, by the same run it is its own',
  },
  {
    number: 'G8',
    promise: 'After its last try a release step ends with a status that says why, and nothing is half-written',
    test: 'G8: conflicts without end, a failing forge and one that asks to wait end with a status of their own, and nothing is written',
  },
  {
    promise: 'What a rule of the forge refuses is not retried as a conflict',
    test: 'a rule of the forge is no conflict: it is refused at once, in its words',
  },
  {
    number: 'G9',
    promise: 'A release changes only its own lines',
    test: 'G9: a release changes only its own lines',
  },
  {
    number: 'G9',
    promise: '… and a release file with anything else is refused, so that it is neither deployed unseen nor lost',
    test: 'G9: a file with %s is refused, so that nothing of it is deployed unseen or lost',
  },
  {
    number: 'G10',
    promise: 'A commit whose reply was lost is found and not repeated',
    test: 'G10: a reply that is lost on the way: the commit is found, not repeated',
  },
  {
    number: 'G11',
    promise: 'The registry has exactly what was pushed',
    test: 'G11: fails when the registry has something else after the push',
  },
  {
    number: 'G11',
    promise: '… also by a registry that answers 500 three times',
    test: 'G11: a registry that answers 500 three times and then works has the image in the end, or the retried step brings it',
  },
  {
    number: 'G11',
    promise: '… or hangs up in the middle',
    test: 'G11: half a push leaves no tag, and the next try ends as the first one should have',
  },
  {
    number: 'G11',
    promise: 'Only a scan of the built image counts',
    test: 'G11: an image that is not the one that was built is not scanned',
  },
  {
    number: 'G11',
    promise: '… with the base layers that are pushed',
    test: 'G11: a layer of the base that is not what it says is refused, also of the same size',
  },
  {
    number: 'G11',
    promise: '… and in a form that scanner, registry client and container runtime read alike',
    test: 'G11: a layer with %s is refused',
  },
  {
    number: 'G11',
    promise: '… which the pods that scan and push it verify themselves',
    test: 'G11: the image is verified against the digest of the build, first of all in each pod that reads it, and read from the copy that was verified',
  },
  {
    number: 'G12',
    promise: 'An existing tag with another digest is never moved',
    test: 'G12: a tag that is there with another digest is never moved',
  },
  {
    number: 'G12',
    promise: '… also where the registry itself refuses to move it',
    test: 'G12: a registry that refuses to move a tag by itself is no success',
  },
  {
    number: 'G13',
    promise: 'dr gets a digest only if its registry has the image, for every platform',
    test: 'G13: has an image of several platforms only with each of them',
  },
  {
    number: 'G13',
    promise: '… and with each of its blobs',
    test: 'G13: has an image only with each of its blobs, in their sizes',
  },
  {
    number: 'G13',
    promise: "A replica is made of nothing but images that the platform's key signed for their commit",
    test: 'G13: an image that was signed by %s is not copied',
  },
  {
    number: 'G14',
    promise: 'Without Tokyo Seoul releases, one message says so, and the replica is backfilled later',
    test: 'G14: with Tokyo cut off in the middle of a copy a push is released in Seoul all the same; dr stays, is not promoted to, and is backfilled later',
  },
  {
    number: 'G15',
    promise: 'A release of an image that the registry lacks is not written',
    test: 'G15: promotes nothing that the registry of the environment lacks, and nothing when that does not answer',
  },
  {
    number: 'G15',
    promise:
      'An image without a signed provenance for its commit is not released, not promoted, and not counted as a replica',
    test: 'G15: what is signed for another commit, service or image does not count for this one',
  },
  {
    number: 'G15',
    promise: '… nor is one without a signed bill of materials',
    test: 'G15: an image whose bill of materials is not signed, or is of another image, does not count either',
  },
  {
    number: 'G15',
    promise: '… nor is one that another key signed, in a whole run',
    test: 'G15: what another key has signed is not released, and counts for no replica',
  },
  {
    number: 'G15',
    promise: '… nor is one of a commit that main did not have when it was built',
    test: 'G15: what main did not have when it was built does not count',
  },
  {
    promise: 'A commit that main does not have now is not released',
    test: 'a commit that main does not have is not released, also as the first one',
  },
  {
    promise: 'dev follows main when that is forced back to a commit that had its run',
    test: 'dev follows main: the run of the head is started again, once',
  },
  {
    promise:
      'A release commit closes no issue of the platform repository and mentions nobody, whatever a commit of a service says',
    test: 'a forge finds nothing in any mixture of such texts, people read them as they were, and twice is as once',
  },
  {
    promise: 'The webhook secret of a service starts no run of another one',
    test: "a delivery to %s is verified with its own service's secret alone",
  },
  {
    number: 'G16',
    promise: 'The result of a run never depends on Slack',
    test: 'G16: with Slack down the release goes on, and Slack is notified when it is back',
  },
  {
    number: 'G17',
    promise: 'Slack is asked again after the time that it names',
    test: 'G17: 429 with Retry-After, then ok: waits as long as asked, and sends once',
  },
  {
    number: 'G17',
    promise: '… and much later, where that is beyond the bound of one message',
    test: 'G17: 429 with a Retry-After beyond the bound: gives up at once and says when to come again',
  },
  {
    number: 'G18',
    promise: 'A request that Slack never answers is given up, and its message sent once',
    test: 'G18: a hung socket, then ok: the request is given up, and the message sent once',
  },
  {
    number: 'G18',
    promise: '… or later, if it never answers',
    test: 'G18: %s for ever: later, within the bound',
  },
  {
    number: 'G19',
    promise: 'Slack takes any message, and interprets nothing that a push said',
    test: 'G19: for any input Slack takes the message, and nothing in it is interpreted',
  },
  {
    promise:
      'An Application that for ten minutes is neither synced and healthy nor waits for its first release is notified',
    test: '%s: after ten minutes, in its own words, and once',
  },
  {
    number: 'G20',
    promise: 'No log, run, message or commit shows a secret',
    test: 'G20: no log, run, message, repository or file of git shows a token, a login, the webhook secret or a password',
  },
  {
    number: 'G21',
    promise: 'Only a quality gate that says OK passes',
    test: 'G21: OK passes, for the analysis of this very task',
  },
  {
    number: 'G21',
    promise: '… with all of the promised conditions, or stricter ones',
    test: 'G21: an OK by %s passes only if nothing else would have failed',
  },
  {
    number: 'G21',
    promise: 'A red gate, …',
    test: 'G21: a red gate names the conditions that failed, ratings by their letters',
  },
  { number: 'G21', promise: '… one with any other status, …', test: 'G21: a gate that says %s does not pass' },
  {
    number: 'G21',
    promise: '… a failed analysis, …',
    test: 'G21: an analysis that %s on the server does not pass',
  },
  {
    number: 'G21',
    promise: '… a late server, …',
    test: 'G21: a server that never comes to it is not waited for without end',
  },
  { number: 'G21', promise: '… one that rejects the token, …', test: 'G21: an unknown token is reported at once' },
  {
    number: 'G21',
    promise: '… or one that is down passes nothing',
    test: 'G21: a server that fails or is silent for a moment is asked again, and then reported',
  },
  {
    number: 'G21',
    promise: '… and with SonarQube killed during an analysis nothing is released',
    test: 'G21: SonarQube killed during an analysis: nothing is released, and Slack is notified why',
  },
  {
    number: 'G22',
    promise: 'A scan that failed passes nothing',
    test: 'G22: without a database nothing is scanned',
  },
  {
    number: 'G22',
    promise: '… nor does one with an old database, …',
    test: 'G22: a database that is too old, or does not say how old, is not judged by',
  },
  {
    number: 'G22',
    promise: '… a locked one, …',
    test: 'G22: a database that another scan has locked is no scan, and reported as that',
  },
  {
    number: 'G22',
    promise: '… or one that no mirror has',
    test: 'G22: with every mirror failing nothing is scanned, in the words of the last one',
  },
  {
    number: 'G22',
    promise: '… or one that finds nothing in packages with known advisories',
    test: 'G22: a database that does not find $advisory in $name is not judged by',
  },
  {
    number: 'G23',
    promise: 'An ignore without a reason or a near expiry date is refused',
    test: 'G23: %j is refused with what is allowed',
  },
  {
    number: 'G23',
    promise: '… in whatever a push writes there',
    test: 'G23: of hostile files of ignores none passes without a reason and a near end, and none takes longer than a second',
  },
  {
    number: 'G23',
    promise: 'An expired ignore has no effect',
    test: 'G23: an ignore that has expired does not reach the scanner',
  },
  {
    number: 'G24',
    promise: 'A release step that is killed and run again ends in the same state',
    test: 'G24: killed %s and run again: one commit, the same results',
  },
  {
    number: 'G24',
    promise: 'A run continues after its controller was killed',
    test: 'G24: a Tekton controller that is killed in the middle of a run takes it up again',
  },
  {
    number: 'G24',
    promise: 'A run survives the eviction of its build pod, and the loss of every other pod that is retried',
    test: 'G24: with each pod that is tried again taken away once, the build by an eviction as when its node goes, a run ends as it should and leaves no volume',
  },
  {
    number: 'G24',
    promise: 'Failed tests are not retried until they pass',
    test: 'G24: tests that failed are not run again, and the same is said',
  },
  {
    number: 'G24',
    promise: 'A push that is killed at any point and retried ends with one image and its signatures',
    test: 'G24: killed before or after any manifest that it writes, and run again: one image, one tag, signed',
  },
  {
    promise: 'No image is built on a base that is named by a tag',
    test: 'refuses base images without a digest, and names those that there are',
  },
  {
    promise: '… however a Dockerfile hides it: our reader and that of Kaniko agree, or it is refused',
    test: 'whatever is pushed as a Dockerfile, our reader and that of Kaniko see the same instructions and bases, or it is refused',
  },
  {
    promise: '… nor with the ONBUILD triggers of a base',
    test: 'one with triggers is refused for good: %s',
  },
  {
    promise: 'Dockerfiles of the kinds that there are give the image that an independent builder makes of them',
    test: 'Kaniko builds what buildah builds: %s',
  },
  {
    promise: 'What Kaniko would build otherwise than Docker is refused, by line',
    test: 'what Kaniko would build otherwise is refused by line: %s',
  },
  {
    promise: '… as are pointers of Git LFS, …',
    test: 'a pointer of Git LFS is refused by name, wherever it is',
  },
  { promise: '… submodules, …', test: 'a submodule is refused by name' },
  {
    promise: '… and an image that lacks what its build wrote to a mount',
    test: 'an image whose build wrote to a mount is refused with the names',
  },
  {
    promise: 'A commit that is built again gives the same image, with a cache hit and with a miss',
    test: 'a run that is started again builds the very same image, on cached layers, and releases nothing twice',
  },
  {
    promise: 'Cached layers come from the lock files alone, and are read-only to builds and tests',
    test: 'a build reads the layer cache and never writes it; cached layers come from the lock files alone',
  },
  {
    promise:
      'No ServiceAccount of the pipeline may read a Secret or start anything, except the EventListener, which starts runs',
    test: 'the API server lets the account %s read no secret, start no task and change no pod; and of the rest: %s',
  },
  {
    promise: "… of a service's delivery only, with the pipeline's own Secrets, accounts and addresses",
    test: 'the EventListener may not start %s',
  },
  {
    promise: 'The notifier, which may patch Applications and runs, changes only its own annotation of them',
    test: 'the notifier may write nothing else: %s',
  },
  {
    promise: 'The token of the release step writes release files of dev, and nothing else of the platform repository',
    test: 'the token of release cannot push %s',
  },
  {
    promise: 'A release decides the image of a service by its digest, and changes nothing else of its Deployment',
    test: 'a release may not give a Deployment %s',
  },
  {
    promise: '… nor of what is around it, …',
    test: 'a release may not give a %s %s',
  },
  {
    promise: '… and adds no object',
    test: 'a release may not add a %s',
  },
  {
    promise: 'Pods in the namespace of an environment run images of the repository of their service, by digest',
    test: 'a pod may not have %s',
  },
  {
    promise: 'A recreated cluster serves what was released, and sends no message again',
    test: 'after kill -9 of everything, up comes up with what was released and bought, and sends no message of it again',
  },
  {
    promise: 'Nobody writes to a registry without its login',
    test: 'whoever has no login, or another one, writes nothing, and reading takes none',
  },
  {
    promise: 'Tests and builds of a push find no credential and reach no metadata service',
    test: 'tests and builds of a push find no credential, reach no metadata service, and are released',
  },
  {
    promise: 'Nor do the pods that scan it',
    test: 'from inside the pod of %s no credential but its own is to be had, and no metadata service',
  },
  {
    promise: 'A pod that runs pushed code, or reads it, reaches what docs/security.md says and nothing else',
    test: '%s reaches what the table of docs/security.md says, and nothing else',
  },
  {
    promise: '… also while the rules that say so are being written',
    test: 'a packet that the rules of kube-router have not judged goes nowhere, allowed or not',
  },
  {
    promise: '… and a service reaches what it calls and what it stores in',
    test: 'services reach what they call and what they store in, and nothing else',
  },
  {
    promise: 'A database is migrated before the pods of a release are replaced',
    test: 'Argo CD runs it at each sync, after the Service and the NetworkPolicy that it needs, and before the Deployment',
  },
  {
    promise: "Tekton's interceptors give a caller no Secret but those that sign deliveries",
    test: 'the interceptors of Tekton Triggers get the Secrets that sign deliveries, and no other Secret of the cluster',
  },
  {
    promise: 'Nothing in a region reaches a link-local address, where a cloud has its metadata service',
    test: 'what runs in a region reaches no link-local address, where clouds have their metadata service, and others beside it',
  },
  {
    promise: 'A booking issues a ticket, by Kafka and by nothing else',
    test: 'a ticket is issued on the event of a booking, and on nothing else',
  },
  {
    promise: 'No acknowledged join is lost or has a place of somebody else, also when a replica is killed',
    test: '10,000 joins of 500 callers have the places 1 to 10,000, with a replica killed in the middle',
  },
  {
    promise: '… and only who is admitted holds a seat',
    test: 'only who is admitted holds a seat, with the own token alone',
  },
  {
    promise: 'No seat is sold twice, and no booking is lost, also when engines and replicas are killed',
    test: 'make 100 bookings, with Kafka, DynamoDB, PostgreSQL and a replica of booking and ticket killed meanwhile',
  },
  {
    promise: '… and each has one ticket',
    test: 'and 100 tickets, one for each',
  },
  {
    promise: '… also in Tokyo, within seconds',
    test: 'Tokyo has all of it, as dr answers',
  },
  {
    promise: 'No acknowledged channel or recording is lost or doubled',
    test: 'keeps channels and recordings, with DynamoDB, S3 and a replica killed meanwhile',
  },
  {
    number: 'G25',
    promise: 'Events that come again, late or in another order are notified once',
    test: 'G25: in any order and repetition of states, each change is notified once',
  },
  {
    number: 'G25',
    promise: '… also when watches drop and others write meanwhile',
    test: 'G25: dropped watches, 410 Gone and 409 on the mark: nothing is lost and nothing doubled',
  },
  {
    number: 'G25',
    promise: '… and when the notifier starts again',
    test: 'G25: a push is notified as run, live in dev, live in prod; a restart repeats nothing',
  },
  { number: 'G26', promise: 'No Tekton variable stands in a script', test: 'G26: no Tekton variable in a script' },
  {
    number: 'G26',
    promise: '… and a Dockerfile that is a link, which could point out of the repository, is refused',
    test: 'G26: follows no link, and refuses a Dockerfile that is none',
  },
  {
    number: 'G27',
    promise: 'A delivery of any size is refused in bounded memory',
    test: 'G27: a body of 25 MB is refused, in bounded memory',
  },
  {
    number: 'G27',
    promise: '… and a poisoned one makes nothing but the run of its template, if anything',
    test: 'G27: a delivery that %s is inert or refused, within a second',
  },
  {
    number: 'G27',
    promise: '… nor does any of ten thousand hostile ones',
    test: 'G27: of hostile deliveries none makes anything but the run of its template, and none takes longer than a second',
  },
  {
    number: 'G27',
    promise: 'No hostile image passes that readers read differently, and none holds up its verification',
    test: 'G27: of hostile layouts none passes that two readers read differently, and none takes longer than a second',
  },
  {
    number: 'G27',
    promise: '… nor any hostile Dockerfile',
    test: 'G27: of hostile Dockerfiles none passes with a base that has no digest, and none takes longer than a second',
  },
  {
    number: 'G27',
    promise: '… nor a hostile release file',
    test: 'G27: of hostile release files none passes but what a release writes, and none takes longer than a second',
  },
  {
    number: 'G27',
    promise: '… nor YAML that is made to be read for minutes',
    test: 'G27: of a key in a key, which the parser alone reads for minutes',
  },
  {
    number: 'G28',
    promise: 'No text of a push, a delivery, a report or a log holds up whoever reads it',
    test: 'G28: every regular expression that reads a push, a delivery, a report or a log takes time in proportion to its length',
  },
  {
    number: 'G29',
    promise: 'The same sources give the same bytes',
    test: 'G29: the same sources give the same bytes, whatever the time zone and the language',
  },
  {
    number: 'G30',
    promise: 'A removed service loses its files, not its releases',
    test: 'G30: a service that is taken out loses its files and its Applications, not its releases',
  },
  {
    number: 'G31',
    promise: 'A rollback is undone by no older run, and by none of what it rolled back',
    test: 'G31: a rollback by %s is undone by no older run and no other run of what it rolled back',
  },
  {
    number: 'G31',
    promise: '… and a person can roll back at any time',
    test: 'G31: a person puts an older release back at any time: promotion asks for no order',
  },
  {
    promise: 'No pod writes more to its node than it may',
    test: 'no pod fills the disk of its node',
  },
  {
    promise: '… whoever does is evicted, with the reason',
    test: 'a pod that writes more to its node than its limit of ephemeral storage is evicted, and the reason says so',
  },
  {
    promise: 'No run fills more than its own volume',
    test: 'a volume takes what was asked for it and no more, and whoever writes more gets an error',
  },
  {
    promise: 'No pushes of a service keep the runs of others from starting',
    test: 'the runs of a service are counted by the class of their volumes, those of each by itself',
  },
  {
    promise: '… and those that are too many wait, and take nothing meanwhile',
    test: 'a run over the number of its service waits, without a pod, and starts when there is room',
  },
  {
    promise: 'Terraform makes every name that the clusters expect of AWS, and none for them that nobody uses',
    test: 'every name that rendered YAML expects of AWS a stack makes, and each that stacks make for the clusters is used',
  },
  {
    promise: 'Terraform plans nothing after it applied, and nothing after a failover',
    test: 'the plan of %s is empty',
  },
  {
    promise: 'No secret that Terraform makes is in a state or a plan',
    test: 'keeps no ephemeral value in its state or its plan',
  },
  {
    promise: 'What outlives a mistake cannot be destroyed by Terraform',
    test: 'refuses to destroy what outlives a mistake',
  },
  {
    promise:
      'Each role on AWS may do what its table says and nothing that the table forbids, by IAM’s rules in an evaluator of ours',
    test: 'may do nothing else of the table',
  },
  {
    promise: 'On AWS the code of a push shares no node with services',
    test: 'on AWS what runs the code of a push shares no node with services and the platform',
  },
  {
    promise: 'What an environment runs or may go back to is not deleted from a registry',
    test: 'what is of none of the last releases goes in both regions, with what is said about it; all else stays',
  },
  {
    promise: '… nor what a push found there',
    test: 'what was uploaded or asked for within the grace stays, so a push of any length finds its layers',
  },
  {
    promise: 'A failover ends as its order says, whatever fails with it, in a model of AWS',
    test: 'no scenario breaks an invariant, and each ends as the order of the failover has it',
  },
  {
    promise: '… and is finished by the next execution, with one promotion, wherever the first one died',
    test: 'an execution that ends before or behind any state is finished by the next, with one promotion',
  },
  {
    promise: '… which the code has to do: faults that are seeded into it break a proof',
    test: 'each of the faults breaks a proof, and the code without one breaks none',
  },
  {
    promise: 'Each kind of failure, made for real, ends with Tokyo serving the customers of prod',
    test: 'the machine takes its branch, and customers of the same names are served by Tokyo',
  },
  {
    promise: 'A region that comes back after a failover takes no traffic and writes nothing',
    test: 'when Seoul comes back by itself, it takes no traffic and accepts no write',
  },
  {
    promise: '… and is kept from it by its fence, until later news than what closed it',
    test: 'they start again by later news only, and their controllers hear of it',
  },
  {
    promise: 'Failing back keeps every booking, and lets customers in step by step',
    test: 'failback brings Seoul back, with every booking that was acknowledged and is not reported lost',
  },
  {
    promise: '… also after a drill that was killed at any moment, and when it is killed itself',
    test: 'drill, whoever comes then, and the failback may all be killed',
  },
  {
    promise: 'One observer alone starts no failover',
    test: '%s: the machine is started only if both observers see it',
  },
  {
    promise: 'A wrong event for a failover is refused with a message, and changes nothing',
    test: '%s is refused with a message, and nothing changes',
  },
  {
    promise: 'Each function of the failover may do what it does and nothing else',
    test: 'each function calls what its role allows in that region, and its role allows what it calls',
  },
  {
    promise: 'Every line that services wrote for a request is found by its id',
    test: 'S9: scripts/logs finds the lines of every service by one id, and none of another',
  },
  {
    promise: 'Logs arrive in S3 as lines, packed once, by a model of Firehose that reads what Terraform plans',
    test: 'delivers logs as lines that are packed once, by what is planned',
  },
  {
    promise: '… and get old there as the company wants, by a model of lifecycle rules',
    test: 'S9: a file moves to Intelligent-Tiering after 30 days, to Deep Archive after 180, and is gone after five years',
  },
  {
    promise: 'Slack is notified of the firewall once a window, however often its events come',
    test: 'an event repeated ten times, at once and later, is one message',
  },
  {
    promise: '… and neither the message nor the log has what a caller sent',
    test: 'no line of the log and no message has what a caller sent, or the address of Slack',
  },
  {
    promise: 'Karpenter takes spot first, and on-demand where spot is refused',
    test: 'S7: where spot is refused, on-demand comes in its place',
  },
  {
    promise: '… and disturbs no run to save a node',
    test: 'S7: a node with a run stays, though its run would fit on another one, until nothing forbids it',
  },
  {
    promise: 'Services answer what the document of the public API says, and each thing to its holder alone',
    test: 'every route of the document is answered as it says, with each status but those of faults, and to its holder alone',
  },
  {
    promise: 'Who calls is who the token says, whatever a client sent',
    test: 'who calls is what the token says: no request keeps a header that a client chose',
  },
  {
    promise: 'On AWS every request of a customer has a key, and every one that is not public a token with its scope',
    test: 'every route asks for a key, and every route that is not public for a token with a scope',
  },
];
