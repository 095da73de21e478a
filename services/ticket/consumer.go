package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const (
	// batch is how many events are taken at once; their offsets are committed together.
	batch = 100
	// deliveryTimeout bounds what is asked of Kafka, in one attempt.
	deliveryTimeout = 5 * time.Second
	// An event waits this long before it is tried again: ever longer, up to the second.
	firstPause, longestPause = 100 * time.Millisecond, 5 * time.Second
	// Failures of Kafka are counted, and one of them is logged in this time.
	logInterval = 30 * time.Second

	kafkaFailures = `store_failures_total{store="kafka"}`
)

// Consumer issues the tickets for the events of a topic. An event is done with when the database has its ticket, or the other topic its
// refusal, and only then is its offset committed. What happens in between is done again, to the same end.
//
// Whoever loses a partition on the way may still commit its offset there. That is true all the same, because all before it is done, and
// at worst takes the next owner back to events that it finds done. So no rebalance has to wait for an event.
type Consumer struct {
	client  *kgo.Client
	refused string
	store   Store
	metrics *Metrics
	log     *slog.Logger
	// When a failure of Kafka was logged, in nanoseconds of the epoch.
	logged atomic.Int64
}

// NewConsumer returns a consumer that has not begun. It connects by itself, as often as it must. More options are for tests.
func NewConsumer(config Kafka, store Store, metrics *Metrics, log *slog.Logger, more ...kgo.Opt) (*Consumer, error) {
	consumer := &Consumer{refused: config.Refused, store: store, metrics: metrics, log: log}
	options := []kgo.Opt{
		kgo.ClientID("ticket"),
		kgo.SeedBrokers(config.Brokers...),
		kgo.SASL(scram.Auth{User: config.Username, Pass: config.Password}.AsSha512Mechanism()),
		kgo.DialTimeout(2 * time.Second),
		kgo.WithHooks(consumer),
		kgo.DisableClientMetrics(),

		kgo.ConsumerGroup(config.Group),
		kgo.ConsumeTopics(config.Bookings),
		kgo.DisableAutoCommit(),
		// Rather all of the topic again than a gap, when its offsets are gone.
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// A replica that was killed gives its partitions back after this.
		kgo.SessionTimeout(10 * time.Second),
		// A partition that a replica takes over is asked for when the fetch before has ended.
		kgo.FetchMaxWait(500 * time.Millisecond),
		kgo.FetchMaxBytes(4 << 20),
		// Also those that pass by themselves, such as a topic that is not there yet.
		kgo.KeepRetryableFetchErrors(),

		kgo.RequiredAcks(kgo.AllISRAcks()),
		// A refusal may be there twice. In return, the time that one may take is kept in every case.
		kgo.DisableIdempotentWrite(),
		kgo.RecordDeliveryTimeout(deliveryTimeout),
		kgo.ProduceRequestTimeout(deliveryTimeout),
		kgo.ProducerLinger(0),
	}
	if config.TLS {
		options = append(options, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	client, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	consumer.client = client
	for _, series := range []string{kafkaFailures, eventsOf("issued"), eventsOf("repeated"), eventsOf("refused")} {
		metrics.add(series, 0)
	}
	return consumer, nil
}

// Run consumes until stop is done, and then leaves the group, so that others take over at once.
func (c *Consumer) Run(stop context.Context) {
	for stop.Err() == nil {
		fetches := c.client.PollRecords(stop, batch)
		if fetches.Err() != nil {
			fetches.EachError(func(topic string, _ int32, err error) { c.failed(fmt.Errorf("fetch %s: %w", topic, err)) })
			wait(stop, firstPause)
		}
		var done []*kgo.Record
		for event := range fetches.RecordsAll() {
			if !c.finish(stop, event) {
				break
			}
			done = append(done, event)
		}
		c.commit(done)
	}
	bounded, cancel := context.WithTimeout(context.Background(), deliveryTimeout)
	defer cancel()
	if err := c.client.LeaveGroupContext(bounded); err != nil {
		c.failed(fmt.Errorf("leave the group: %w", err))
	}
	c.client.Close()
	c.log.Info("consumer stopped")
}

// finish tries until the event is done with, and returns false if stop is done before. The client goes on with its heartbeats meanwhile.
func (c *Consumer) finish(stop context.Context, event *kgo.Record) bool {
	c.metrics.take(event.Timestamp)
	defer c.metrics.release()
	log := c.log.With("request", headerOf(event, "request-id"), "partition", event.Partition, "offset", event.Offset)
	started, pause := time.Now(), firstPause
	for attempt := 1; stop.Err() == nil; attempt++ {
		result, reason, err := c.handle(stop, event)
		if err == nil {
			c.metrics.add(eventsOf(result), 1)
			if reason != "" {
				log = log.With("reason", reason)
			}
			log.Info("event", "result", result, "attempts", attempt, "ms", milliseconds(started))
			return true
		}
		if attempt == 1 {
			log.Error("event waits", "error", err)
		}
		wait(stop, pause)
		pause = min(2*pause, longestPause)
	}
	return false
}

// handle issues the ticket of an event, or refuses it for a reason. A failure passes by itself.
func (c *Consumer) handle(stop context.Context, event *kgo.Record) (result, reason string, err error) {
	// What has begun when the service stops may end; all of it is bounded.
	ctx := context.WithoutCancel(stop)
	order, faults := readEvent(event.Value)
	if len(faults) > 0 {
		reason = strings.Join(faults, "; ")
		return "refused", reason, c.refuse(ctx, event, reason)
	}
	_, created, err := c.store.Issue(ctx, order)
	switch {
	case errors.Is(err, ErrOtherOrder):
		reason = "booking: " + err.Error()
		return "refused", reason, c.refuse(ctx, event, reason)
	case err != nil:
		return "", "", err
	case created:
		return "issued", "", nil
	default:
		return "repeated", "", nil
	}
}

// refuse puts an event aside, with the reason and where it was. One that is too large is left where it was: the other topic might not
// take it, and then nothing after it would be read.
func (c *Consumer) refuse(ctx context.Context, event *kgo.Record, reason string) error {
	refusal := &kgo.Record{Topic: c.refused}
	if sizeOf(event) <= eventLimit {
		refusal.Key, refusal.Value, refusal.Headers = event.Key, event.Value, event.Headers
	}
	refusal.Headers = append(refusal.Headers[:len(refusal.Headers):len(refusal.Headers)],
		kgo.RecordHeader{Key: "reason", Value: []byte(reason)},
		kgo.RecordHeader{Key: "topic", Value: []byte(event.Topic)},
		kgo.RecordHeader{Key: "partition", Value: strconv.AppendInt(nil, int64(event.Partition), 10)},
		kgo.RecordHeader{Key: "offset", Value: strconv.AppendInt(nil, event.Offset, 10)},
	)
	bounded, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	if err := c.client.ProduceSync(bounded, refusal).FirstErr(); err != nil {
		c.metrics.add(kafkaFailures, 1)
		return fmt.Errorf("produce to %s: %w", c.refused, err)
	}
	return nil
}

// commit reports to Kafka how far this is. If that fails, the events come again, here or elsewhere.
func (c *Consumer) commit(done []*kgo.Record) {
	if len(done) == 0 {
		return
	}
	bounded, cancel := context.WithTimeout(context.Background(), deliveryTimeout)
	defer cancel()
	if err := c.client.CommitRecords(bounded, done...); err != nil {
		c.failed(fmt.Errorf("commit: %w", err))
	}
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (c *Consumer) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		c.failed(fmt.Errorf("connect: %w", err))
	}
}

// failed counts a failure of Kafka, and logs it if none was logged lately. It does not count the end of the process.
func (c *Consumer) failed(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	c.metrics.add(kafkaFailures, 1)
	now, before := time.Now().UnixNano(), c.logged.Load()
	if now-before > int64(logInterval) && c.logged.CompareAndSwap(before, now) {
		c.log.Error("kafka", "error", err)
	}
}

// wait returns after a time, or when stop is done.
func wait(stop context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-stop.Done():
	case <-timer.C:
	}
}

func eventsOf(result string) string { return fmt.Sprintf("events_total{result=%q}", result) }

// headerOf returns a well-formed header of an event, or nothing.
func headerOf(event *kgo.Record, key string) string {
	for _, header := range event.Headers {
		if header.Key == key && wellFormed.Match(header.Value) {
			return string(header.Value)
		}
	}
	return ""
}

// sizeOf is how many bytes an event takes, without what Kafka adds.
func sizeOf(event *kgo.Record) int {
	size := len(event.Key) + len(event.Value)
	for _, header := range event.Headers {
		size += len(header.Key) + len(header.Value)
	}
	return size
}
