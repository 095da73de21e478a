package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Kubernetes kills what has not ended in 30 s. Both together leave some for the rest: the consumer ends meanwhile.
const (
	longestDrain = 12 * time.Second
	grace        = 15 * time.Second
)

// Config is what the environment may set.
type Config struct {
	Address string
	// Drain is how long requests are still taken after the signal to stop: until then the cluster may send some.
	Drain time.Duration
	// Grace is how long requests that are under way may take after that.
	Grace time.Duration
	// Tickets is how many of them are kept in memory.
	Tickets int
	// Key is for the ids of tickets.
	Key []byte
	// SignIn: tickets are shown to whom the entrance says, and to nobody else.
	SignIn bool
	// Postgres is where tickets are kept; nil keeps them in memory.
	Postgres *pgxpool.Config
	// Kafka is where events of bookings come from; nil takes orders by HTTP instead.
	Kafka *Kafka
}

// Kafka is a broker, and what is read and written there.
type Kafka struct {
	Brokers            []string
	TLS                bool
	Username, Password string
	Group              string
	// Bookings is the topic that is read, Refused the one for what it has and nothing can be made of.
	Bookings, Refused string
}

// A setting is a variable of the environment, and what is allowed in it. The value of a secret is not shown.
type setting struct {
	name    string
	is      func(value string) bool
	allowed string
	secret  bool
}

func matches(pattern string) func(string) bool { return regexp.MustCompile(pattern).MatchString }

func anything(string) bool { return true }

var (
	text      = matches(`^\S(.*\S)?$`)
	topicName = matches(`^[A-Za-z0-9._-]{1,249}$`)
)

const (
	someText     = "text without blanks around it"
	someTopic    = "at most 249 letters, digits, '.', '_' and '-'"
	somePassword = "any text"
)

var (
	postgresSettings = []setting{
		{name: "PGHOST", is: text, allowed: someText},
		{name: "PGDATABASE", is: text, allowed: someText},
		{name: "PGUSER", is: text, allowed: someText},
		{name: "PGPASSWORD", is: anything, allowed: somePassword, secret: true},
	}
	postgresDetails = []setting{
		{name: "PGPORT", is: matches(`^[0-9]{1,5}$`), allowed: "a port"},
		{name: "PGSSLMODE", is: matches(`^(disable|allow|prefer|require|verify-ca|verify-full)$`),
			allowed: "disable, allow, prefer, require, verify-ca or verify-full"},
		{name: "PGTARGETSESSIONATTRS", is: matches(`^(any|read-write|primary)$`), allowed: "read-write, primary or any"},
		{name: "PGCONNECT_TIMEOUT", is: matches(`^[1-5]$`), allowed: "1 to 5, in seconds"},
	}
	keySettings = []setting{
		{name: "TICKET_KEY", is: func(value string) bool { return len(value) >= keyLimit }, allowed: fmt.Sprintf("%d bytes or more", keyLimit), secret: true},
	}
	signInSettings = []setting{
		{name: "SIGN_IN", is: matches(`^required$`), allowed: "required, or nothing"},
	}
	kafkaSettings = []setting{
		{name: "KAFKA_BROKERS", is: matches(`^[^\s,:]+:[0-9]{1,5}(,[^\s,:]+:[0-9]{1,5})*$`),
			allowed: "host:port, or several with commas between them"},
		{name: "KAFKA_PROTOCOL", is: matches(`^SASL_(PLAINTEXT|SSL)$`), allowed: "SASL_PLAINTEXT or SASL_SSL"},
		{name: "KAFKA_USERNAME", is: text, allowed: someText},
		{name: "KAFKA_PASSWORD", is: anything, allowed: somePassword, secret: true},
		{name: "KAFKA_GROUP", is: text, allowed: someText},
		{name: "TOPIC_BOOKINGS", is: topicName, allowed: someTopic},
		{name: "TOPIC_BOOKINGS_REFUSED", is: topicName, allowed: someTopic},
	}
)

// configOf reads the environment, and names every fault at once.
func configOf() (Config, []string) {
	config := Config{Address: ":8080", Drain: 5 * time.Second, Grace: grace, Tickets: 100_000}
	var faults []string
	if address := os.Getenv("ADDRESS"); address != "" {
		config.Address = address
	}
	if drain := os.Getenv("DRAIN"); drain != "" {
		duration, err := time.ParseDuration(drain)
		if err != nil || duration < 0 || duration > longestDrain {
			faults = append(faults, fmt.Sprintf("DRAIN: %q was given, allowed is a duration from 0s to %s", drain, longestDrain))
		}
		config.Drain = duration
	}
	kafka := firstGiven(kafkaSettings)
	// Once its ticket is there an event is not read again, so the ticket must outlive the process: Kafka needs the database.
	postgres := firstGiven(slices.Concat(kafkaSettings, postgresSettings))
	faults = slices.Concat(faults, faultsOf(postgresSettings, postgres), faultsOf(postgresDetails, ""), faultsOf(keySettings, postgres),
		faultsOf(kafkaSettings, kafka), faultsOf(signInSettings, ""))
	if len(faults) > 0 {
		return config, faults
	}
	config.SignIn = os.Getenv("SIGN_IN") != ""
	config.Key = []byte(os.Getenv("TICKET_KEY"))
	if len(config.Key) == 0 {
		config.Key = []byte(rand.Text() + rand.Text())
	}
	if kafka != "" {
		config.Kafka = &Kafka{
			Brokers:  strings.Split(os.Getenv("KAFKA_BROKERS"), ","),
			TLS:      os.Getenv("KAFKA_PROTOCOL") == "SASL_SSL",
			Username: os.Getenv("KAFKA_USERNAME"),
			Password: os.Getenv("KAFKA_PASSWORD"),
			Group:    os.Getenv("KAFKA_GROUP"),
			Bookings: os.Getenv("TOPIC_BOOKINGS"),
			Refused:  os.Getenv("TOPIC_BOOKINGS_REFUSED"),
		}
	}
	if postgres != "" {
		config.Postgres, faults = postgresOf()
	}
	return config, faults
}

// databaseOf reads what the command migrate needs: the database, and nothing else.
func databaseOf() (*pgxpool.Config, []string) {
	faults := slices.Concat(faultsOf(postgresSettings, "migrate"), faultsOf(postgresDetails, ""))
	if len(faults) > 0 {
		return nil, faults
	}
	return postgresOf()
}

func postgresOf() (*pgxpool.Config, []string) {
	config, err := postgresConfig("")
	if err != nil {
		return nil, []string{"PGHOST and the other variables of libpq: " + err.Error()}
	}
	return config, nil
}

// firstGiven returns the name of the first setting that is given, or nothing.
func firstGiven(settings []setting) string {
	for _, setting := range settings {
		if os.Getenv(setting.name) != "" {
			return setting.name
		}
	}
	return ""
}

// faultsOf returns the faults of settings. Where something needs them, one that is not given is a fault, too.
func faultsOf(settings []setting, neededBy string) []string {
	var faults []string
	for _, setting := range settings {
		switch given := os.Getenv(setting.name); {
		case given == "" && neededBy != "":
			faults = append(faults, fmt.Sprintf("%s: nothing was given, allowed is %s; %s needs it", setting.name, setting.allowed, neededBy))
		case given == "" || setting.is(given):
		case setting.secret:
			faults = append(faults, fmt.Sprintf("%s: %d bytes were given, allowed is %s", setting.name, len(given), setting.allowed))
		default:
			faults = append(faults, fmt.Sprintf("%s: %q was given, allowed is %s", setting.name, given, setting.allowed))
		}
	}
	return faults
}
