// Broker makes what services need at a Kafka, and writes and reads topics for tests.
//
//	broker make            from JSON on its input (local/stores/kafka.ts): topics, accounts and what they may do. Deletes and changes
//	                       nothing; prints what it made.
//	broker write TOPIC N   sends N records, 50 at a time, and prints the key of each when the broker has acknowledged it.
//	broker read TOPIC      prints the keys of all records that are there.
//
// The last two read the same JSON, for address, user and password alone.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

type wanted struct {
	Address  string `json:"address"`
	User     string `json:"user"`
	Password string `json:"password"`
	Topics   []struct {
		Name       string `json:"name"`
		Partitions int32  `json:"partitions"`
		Hours      int    `json:"hours"`
	} `json:"topics"`
	Users []struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	} `json:"users"`
	ACLs []struct {
		User       string   `json:"user"`
		Resource   string   `json:"resource"`
		Name       string   `json:"name"`
		Prefixed   bool     `json:"prefixed"`
		Operations []string `json:"operations"`
	} `json:"acls"`
}

func (w wanted) client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(w.Address),
		kgo.SASL(scram.Auth{User: w.User, Pass: w.Password}.AsSha512Mechanism()),
		kgo.DialTimeout(5 * time.Second),
		kgo.RetryTimeout(10 * time.Second),
	}, options...)...)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var w wanted
	if err := json.NewDecoder(os.Stdin).Decode(&w); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	switch {
	case len(args) == 1 && args[0] == "make":
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		return makeMissing(ctx, w)
	case len(args) == 3 && args[0] == "write":
		count, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return write(w, args[1], count)
	case len(args) == 2 && args[0] == "read":
		return read(w, args[1])
	}
	return errors.New("arguments: allowed make, write TOPIC N, read TOPIC")
}

func makeMissing(ctx context.Context, w wanted) error {
	client, err := w.client()
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	there, err := admin.ListTopics(ctx)
	if err != nil {
		return err
	}
	for _, topic := range w.Topics {
		if there.Has(topic.Name) {
			continue
		}
		retention := strconv.FormatInt((time.Duration(topic.Hours) * time.Hour).Milliseconds(), 10)
		_, err := admin.CreateTopic(ctx, topic.Partitions, 1, map[string]*string{"retention.ms": &retention}, topic.Name)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("topic %s: %w", topic.Name, err)
		}
		fmt.Println("topic", topic.Name)
	}
	if err := makeUsers(ctx, admin, w); err != nil {
		return err
	}
	return makeACLs(ctx, admin, w)
}

func makeUsers(ctx context.Context, admin *kadm.Client, w wanted) error {
	there, err := admin.DescribeUserSCRAMs(ctx)
	if err != nil {
		return err
	}
	var missing []kadm.UpsertSCRAM
	for _, user := range w.Users {
		if _, found := there[user.Name]; !found {
			missing = append(missing, kadm.UpsertSCRAM{User: user.Name, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: user.Password})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	made, err := admin.AlterUserSCRAMs(ctx, nil, missing)
	if err == nil {
		err = made.Error()
	}
	if err != nil {
		return err
	}
	for _, user := range missing {
		fmt.Println("kafka account", user.User)
	}
	return nil
}

var operations = map[string]kadm.ACLOperation{"read": kadm.OpRead, "write": kadm.OpWrite, "describe": kadm.OpDescribe}

// The broker keeps an ACL once, however often it is made.
func makeACLs(ctx context.Context, admin *kadm.Client, w wanted) error {
	for _, acl := range w.ACLs {
		pattern := kadm.ACLPatternLiteral
		if acl.Prefixed {
			pattern = kadm.ACLPatternPrefixed
		}
		var allowed []kadm.ACLOperation
		for _, name := range acl.Operations {
			operation, known := operations[name]
			if !known {
				return fmt.Errorf("operation: given %s", name)
			}
			allowed = append(allowed, operation)
		}
		builder := kadm.NewACLs().Allow("User:" + acl.User).AllowHosts("*").ResourcePatternType(pattern).Operations(allowed...)
		switch acl.Resource {
		case "topic":
			builder = builder.Topics(acl.Name)
		case "group":
			builder = builder.Groups(acl.Name)
		default:
			return fmt.Errorf("resource: given %s", acl.Resource)
		}
		made, err := admin.CreateACLs(ctx, builder)
		if err != nil {
			return err
		}
		for _, one := range made {
			if one.Err != nil {
				return fmt.Errorf("%s of %s: %w", one.Name, acl.User, one.Err)
			}
		}
	}
	return nil
}

// mayKnow gives why this account may not know a topic, soon: what writes later waits for a broker that is away.
func (w wanted) mayKnow(topic string) error {
	client, err := w.client()
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	topics, err := kadm.NewClient(client).ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	return topics[topic].Err
}

func write(w wanted, topic string, count int) error {
	if err := w.mayKnow(topic); err != nil {
		return err
	}
	client, err := w.client(kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordDeliveryTimeout(5*time.Minute), kgo.RetryTimeout(5*time.Minute))
	if err != nil {
		return err
	}
	defer client.Close()
	numbers := make(chan int)
	failures := make(chan error, 50)
	var printing sync.Mutex
	var callers sync.WaitGroup
	for range 50 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for number := range numbers {
				key := strconv.Itoa(number)
				record := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(key)}
				if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
					failures <- err
					// The others are still taken, so that nobody waits.
					for range numbers {
					}
					return
				}
				printing.Lock()
				fmt.Println(key)
				printing.Unlock()
			}
		}()
	}
	for number := range count {
		numbers <- number
	}
	close(numbers)
	callers.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func read(w wanted, topic string) error {
	client, err := w.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	var left int64
	ends.Each(func(end kadm.ListedOffset) { left += end.Offset })
	for left > 0 {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			return err
		}
		fetched.EachRecord(func(record *kgo.Record) {
			left--
			fmt.Println(string(record.Key))
		})
	}
	return nil
}
