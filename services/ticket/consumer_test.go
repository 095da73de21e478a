package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const (
	bookings = "prod.booking.bookings"
	refused  = "prod.ticket.bookings.refused"
	group    = "prod.ticket"
	scram512 = "SCRAM-SHA-512"
)

// fakeKafka is a broker in this process, with the rights that the platform gives to the service.
type fakeKafka struct {
	*kfake.Cluster
	// admin may do everything.
	admin *kgo.Client
}

func newFakeKafka(t *testing.T, more ...kfake.Opt) fakeKafka {
	t.Helper()
	may := func(resource kmsg.ACLResourceType, name string, pattern kmsg.ACLResourcePatternType, operation kmsg.ACLOperation) kfake.ACL {
		return kfake.ACL{Resource: resource, Name: name, Pattern: pattern, Operation: operation, Allow: true}
	}
	cluster, err := kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1), kfake.SeedTopics(2, bookings), kfake.SeedTopics(1, refused),
		kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser(scram512, "admin", "admin"),
		kfake.User(scram512, "prod_ticket", "secret",
			may(kmsg.ACLResourceTypeTopic, bookings, kmsg.ACLResourcePatternTypeLiteral, kmsg.ACLOperationRead),
			may(kmsg.ACLResourceTypeTopic, "prod.ticket.", kmsg.ACLResourcePatternTypePrefixed, kmsg.ACLOperationAll),
			may(kmsg.ACLResourceTypeGroup, group, kmsg.ACLResourcePatternTypeLiteral, kmsg.ACLOperationRead)),
	}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	admin, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.SASL(scram.Auth{User: "admin", Pass: "admin"}.AsSha512Mechanism()),
		kgo.DisableClientMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	return fakeKafka{cluster, admin}
}

func (k fakeKafka) config() Kafka {
	return Kafka{Brokers: k.ListenAddrs(), Username: "prod_ticket", Password: "secret", Group: group, Bookings: bookings, Refused: refused}
}

func eventOf(booking string) string {
	return strings.Replace(goodEvent, `"b-1"`, fmt.Sprintf("%q", booking), 1)
}

// send sends events of a booking.
func (k fakeKafka) send(t *testing.T, booking string, values ...string) {
	t.Helper()
	for _, value := range values {
		record := &kgo.Record{Topic: bookings, Key: []byte(booking), Value: []byte(value),
			Headers: []kgo.RecordHeader{{Key: "request-id", Value: []byte("request-of-" + booking)}}}
		if err := k.admin.ProduceSync(context.Background(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// refusals returns what was put aside, once there is so much of it.
func (k fakeKafka) refusals(t *testing.T, count int) []*kgo.Record {
	t.Helper()
	reader, err := kgo.NewClient(append(k.admin.Opts(), kgo.ConsumeTopics(refused))...)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var found []*kgo.Record
	eventually(t, fmt.Sprint(count, " refusals"), func() bool {
		bounded, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		found = append(found, reader.PollFetches(bounded).Records()...)
		return len(found) >= count
	})
	return found
}

// counts how often something is asked.
func (k fakeKafka) watch(key kmsg.Key) *kfake.FaultHandle {
	return k.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Observe: true, Count: -1})
}

// consumption is a consumer that runs.
type consumption struct {
	*Consumer
	lines *lines
	stop  context.CancelFunc
	done  chan struct{}
}

func consume(t *testing.T, config Kafka, store Store, more ...kgo.Opt) consumption {
	t.Helper()
	lines := &lines{}
	consumer, err := NewConsumer(config, store, &Metrics{}, slog.New(slog.NewJSONHandler(lines, nil)), more...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := consumption{consumer, lines, stop, make(chan struct{})}
	go func() {
		defer close(running.done)
		consumer.Run(ctx)
	}()
	t.Cleanup(func() { running.end(t) })
	return running
}

// end stops the consumer, as SIGTERM does, and waits.
func (c consumption) end(t *testing.T) {
	t.Helper()
	c.stop()
	select {
	case <-c.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the consumer does not end")
	}
}

func (c consumption) count(series string) uint64 {
	c.metrics.mu.Lock()
	defer c.metrics.mu.Unlock()
	return c.metrics.of[series]
}

// events waits for that many results.
func (c consumption) events(t *testing.T, issued, repeated, refused uint64) {
	t.Helper()
	want := []uint64{issued, repeated, refused}
	var found []uint64
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		found = []uint64{c.count(eventsOf("issued")), c.count(eventsOf("repeated")), c.count(eventsOf("refused"))}
		if slices.Equal(found, want) {
			return
		}
	}
	t.Fatalf("issued, repeated, refused: %v, want %v\n%s", found, want, c.lines)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// flaky is a store that fails on purpose.
type flaky struct {
	Store
	away atomic.Bool
	// Calls wait until it is closed, if it is there.
	hold  chan struct{}
	calls atomic.Int64
}

func (f *flaky) Issue(ctx context.Context, order Order) (Ticket, bool, error) {
	f.calls.Add(1)
	if f.hold != nil {
		<-f.hold
	}
	if f.away.Load() {
		return Ticket{}, false, fmt.Errorf("%w: cannot execute INSERT in a read-only transaction", ErrAway)
	}
	return f.Store.Issue(ctx, order)
}

func ticketOf(t *testing.T, store Store, booking string) Ticket {
	t.Helper()
	ticket, err := store.FindByBooking(context.Background(), booking)
	if err != nil {
		t.Fatalf("%s: %v", booking, err)
	}
	return ticket
}

func TestConsumerIssuesOneTicketPerBooking(t *testing.T) {
	kafka := newFakeKafka(t)
	store := NewMemory(10, testKey)
	for _, booking := range []string{"b-1", "b-2", "b-1", "b-3"} {
		kafka.send(t, booking, eventOf(booking))
	}
	consumer := consume(t, kafka.config(), store)
	consumer.events(t, 3, 1, 0)
	if ticket := ticketOf(t, store, "b-1"); ticket.Order != goodOrder || ticket.ID != "cn2ydc5yyvu4o3ew7i62fez6ge" {
		t.Errorf("%+v", ticket)
	}
	log := consumer.lines.String()
	if strings.Count(log, `"result":"issued"`) != 3 || strings.Count(log, `"request":"request-of-b-1"`) != 2 {
		t.Error(log)
	}
	if strings.Contains(log, "김하늘") {
		t.Errorf("personal data: %s", log)
	}
	kafka.send(t, "b-4", eventOf("b-4"))
	consumer.events(t, 4, 1, 0)
	if failures := consumer.count(kafkaFailures); failures != 0 {
		t.Errorf("%d failures of Kafka\n%s", failures, consumer.lines)
	}
}

func TestConsumerRefusesAndGoesOn(t *testing.T) {
	kafka := newFakeKafka(t)
	store := NewMemory(10, testKey)
	other := strings.Replace(goodEvent, "A-12", "A-13", 1)
	large := strings.Replace(goodEvent, "{", `{"more":"`+strings.Repeat("x", eventLimit)+`",`, 1)
	// Of one booking, so in this order.
	kafka.send(t, "b-1", goodEvent, "junk", `{"version":2}`, other, large, goodEvent)
	consumer := consume(t, kafka.config(), store)
	consumer.events(t, 1, 1, 4)
	found := kafka.refusals(t, 4)
	for n, want := range []struct{ value, reason string }{
		{"junk", "event: allowed is one JSON object"},
		{`{"version":2}`, "version: 2 was given, allowed is 1"},
		{other, "booking: " + ErrOtherOrder.Error()},
		{"", "event: 65673 bytes were given, allowed are 65536"},
	} {
		headers := map[string]string{}
		for _, header := range found[n].Headers {
			headers[header.Key] = string(header.Value)
		}
		if string(found[n].Value) != want.value || headers["reason"] != want.reason || headers["topic"] != bookings ||
			headers["offset"] != fmt.Sprint(n+1) || len(headers["partition"]) != 1 {
			t.Errorf("%d: %.80s %v", n, found[n].Value, headers)
		}
		if want.value != "" && (string(found[n].Key) != "b-1" || headers["request-id"] != "request-of-b-1") {
			t.Errorf("%d: key %q, %v", n, found[n].Key, headers)
		}
	}
	if log := consumer.lines.String(); strings.Count(log, `"result":"refused"`) != 4 || strings.Count(log, `"reason":"version: 2 was given`) != 1 {
		t.Error(log)
	}
	consumer.end(t)
	// Done with once and for all.
	next := consume(t, kafka.config(), store)
	kafka.send(t, "b-2", eventOf("b-2"))
	next.events(t, 1, 0, 0)
}

func TestConsumerWaitsForTheDatabase(t *testing.T) {
	kafka := newFakeKafka(t)
	store := &flaky{Store: NewMemory(10, testKey)}
	store.away.Store(true)
	heartbeats := kafka.watch(kmsg.Heartbeat)
	commits := kafka.watch(kmsg.OffsetCommit)
	consumer := consume(t, kafka.config(), store, kgo.HeartbeatInterval(50*time.Millisecond))
	kafka.send(t, "b-1", goodEvent, goodEvent)
	eventually(t, "the event is tried again and again", func() bool { return store.calls.Load() >= 3 })
	before := heartbeats.Hits()
	eventually(t, "heartbeats go on", func() bool { return heartbeats.Hits() >= before+5 })
	if consumer.metrics.lag() == 0 || commits.Hits() != 0 {
		t.Errorf("lag %s, %d commits", consumer.metrics.lag(), commits.Hits())
	}
	consumer.events(t, 0, 0, 0)
	store.away.Store(false)
	consumer.events(t, 1, 1, 0)
	if log := consumer.lines.String(); strings.Count(log, "event waits") != 1 || !strings.Contains(log, "read-only transaction") {
		t.Error(log)
	}
	eventually(t, "no event is in hand any more", func() bool { return consumer.metrics.lag() == 0 })
}

// A replica whose database is away holds up no other one: that gets its share, and goes on.
func TestConsumerThatWaitsHoldsUpNobody(t *testing.T) {
	kafka := newFakeKafka(t)
	stuck := &flaky{Store: NewMemory(100, testKey)}
	stuck.away.Store(true)
	fast := kgo.HeartbeatInterval(50 * time.Millisecond)
	first := consume(t, kafka.config(), stuck, fast)
	for n := range 20 {
		booking := fmt.Sprint("b-", n)
		kafka.send(t, booking, eventOf(booking))
	}
	eventually(t, "the first one has an event", func() bool { return stuck.calls.Load() > 0 })
	store := NewMemory(100, testKey)
	second := consume(t, kafka.config(), store, fast)
	eventually(t, "the second one issues", func() bool { return second.count(eventsOf("issued")) > 0 })
	first.end(t)
	// The share of the first one comes to it as well: nothing of that was done with.
	eventually(t, "all are issued", func() bool {
		for n := range 20 {
			if _, err := store.FindByBooking(context.Background(), fmt.Sprint("b-", n)); err != nil {
				return false
			}
		}
		return true
	})
}

func TestConsumerThatDiesBeforeItsCommit(t *testing.T) {
	kafka := newFakeKafka(t)
	store := NewMemory(10, testKey)
	lost := kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.GroupAuthorizationFailed, Count: -1})
	first := consume(t, kafka.config(), store)
	kafka.send(t, "b-1", goodEvent)
	kafka.send(t, "b-2", eventOf("b-2"))
	first.events(t, 2, 0, 0)
	eventually(t, "a commit fails, and is counted", func() bool { return first.count(kafkaFailures) > 0 })
	ticket := ticketOf(t, store, "b-1")
	first.end(t)
	lost.Remove()
	second := consume(t, kafka.config(), store)
	second.events(t, 0, 2, 0)
	if again := ticketOf(t, store, "b-1"); again != ticket {
		t.Errorf("%+v, then %+v", ticket, again)
	}
}

func TestConsumerDrains(t *testing.T) {
	kafka := newFakeKafka(t)
	store := &flaky{Store: NewMemory(10, testKey), hold: make(chan struct{})}
	leaves := kafka.watch(kmsg.LeaveGroup)
	// Sent before, so that the consumer gets all of them at once.
	kafka.send(t, "b-1", goodEvent, goodEvent, goodEvent)
	first := consume(t, kafka.config(), store)
	eventually(t, "an event is under way", func() bool { return store.calls.Load() == 1 })
	first.stop()
	close(store.hold)
	first.end(t)
	if calls := store.calls.Load(); calls != 1 || leaves.Hits() != 1 {
		t.Errorf("%d events were begun, and the group was left %d times", calls, leaves.Hits())
	}
	first.events(t, 1, 0, 0)
	// What was done is committed, and the rest is not.
	second := consume(t, kafka.config(), store)
	second.events(t, 0, 2, 0)
}

func TestConsumerWaitsToRefuse(t *testing.T) {
	kafka := newFakeKafka(t)
	store := NewMemory(10, testKey)
	kafka.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: refused, Err: kerr.TopicAuthorizationFailed, Count: 2})
	consumer := consume(t, kafka.config(), store)
	kafka.send(t, "b-1", "junk", goodEvent)
	consumer.events(t, 1, 0, 1)
	if failures := consumer.count(kafkaFailures); failures != 2 {
		t.Errorf("%d failures", failures)
	}
	if found := kafka.refusals(t, 1); len(found) != 1 {
		t.Errorf("%d refusals", len(found))
	}
}

func TestConsumerWaitsForItsTopic(t *testing.T) {
	kafka := newFakeKafka(t)
	config := kafka.config()
	// Under the service's own prefix, because others it may not see.
	config.Bookings = "prod.ticket.later"
	store := NewMemory(10, testKey)
	consumer := consume(t, config, store)
	eventually(t, "a topic that is missing is reported", func() bool { return strings.Contains(consumer.lines.String(), "UNKNOWN_TOPIC") })
	request := kmsg.NewPtrCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = config.Bookings, 1, 1
	request.Topics = append(request.Topics, topic)
	if _, err := request.RequestWith(context.Background(), kafka.admin); err != nil {
		t.Fatal(err)
	}
	record := &kgo.Record{Topic: config.Bookings, Value: []byte(goodEvent)}
	if err := kafka.admin.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	consumer.events(t, 1, 0, 0)
}

// freePort returns a port of this machine that nobody listens at now.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestConsumerWaitsForKafka(t *testing.T) {
	port := freePort(t)
	config := Kafka{Brokers: []string{fmt.Sprint("127.0.0.1:", port)}, Username: "prod_ticket", Password: "secret", Group: group,
		Bookings: bookings, Refused: refused}
	store := NewMemory(10, testKey)
	consumer := consume(t, config, store, kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }), kgo.MetadataMinAge(50*time.Millisecond))
	eventually(t, "failures are counted", func() bool { return consumer.count(kafkaFailures) >= 2 })
	if log := consumer.lines.String(); strings.Count(log, "connection refused") != 1 {
		t.Errorf("one line in %s: %s", logInterval, log)
	}
	kafka := newFakeKafka(t, kfake.Ports(port))
	kafka.send(t, "b-1", goodEvent)
	consumer.events(t, 1, 0, 0)
}

func TestConsumerEndsWithoutKafka(t *testing.T) {
	config := Kafka{Brokers: []string{fmt.Sprint("127.0.0.1:", freePort(t))}, Username: "x", Password: "x", Group: group, Bookings: bookings, Refused: refused}
	consumer := consume(t, config, NewMemory(1, testKey))
	eventually(t, "it tries to connect", func() bool { return consumer.count(kafkaFailures) > 0 })
	started := time.Now()
	consumer.end(t)
	if took := time.Since(started); took > 12*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestConsumerIsRefusedWithAnotherPassword(t *testing.T) {
	config := newFakeKafka(t).config()
	config.Password = "hidden"
	consumer := consume(t, config, NewMemory(1, testKey))
	eventually(t, "it is counted", func() bool { return consumer.count(kafkaFailures) >= 2 })
	if log := consumer.lines.String(); !strings.Contains(log, `"error":"connect: `) || strings.Contains(log, "hidden") {
		t.Error(log)
	}
}

func TestConsumerUsesTLSWhereItIsTold(t *testing.T) {
	for _, secure := range []bool{true, false} {
		config := Kafka{Brokers: []string{"127.0.0.1:1"}, TLS: secure, Group: group, Bookings: bookings}
		consumer, err := NewConsumer(config, NewMemory(1, testKey), &Metrics{}, silent)
		if err != nil {
			t.Fatal(err)
		}
		consumer.client.Close()
		settings, _ := consumer.client.OptValue(kgo.DialTLSConfig).(*tls.Config)
		if (settings != nil) != secure {
			t.Errorf("%v: %v", secure, settings)
		}
	}
}
