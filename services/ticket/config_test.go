package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// environment sets what the service reads of it, and nothing else that a machine may have.
func environment(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{"ADDRESS", "DRAIN", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGSSLROOTCERT", "PGOPTIONS"} {
		t.Setenv(name, "")
	}
	for _, setting := range slices.Concat(postgresSettings, postgresDetails, keySettings, signInSettings, kafkaSettings) {
		t.Setenv(setting.name, "")
	}
	for name, value := range set {
		t.Setenv(name, value)
	}
}

var whole = map[string]string{
	"TICKET_KEY": string(testKey),
	"PGHOST":     "ticket-db", "PGPORT": "5433", "PGDATABASE": "prod_ticket", "PGUSER": "prod_ticket", "PGPASSWORD": "hidden-1",
	"PGSSLMODE": "disable", "PGTARGETSESSIONATTRS": "read-write", "PGCONNECT_TIMEOUT": "2",
	"KAFKA_BROKERS": "kafka.seoul.internal:9092,kafka-2.seoul.internal:9092", "KAFKA_PROTOCOL": "SASL_PLAINTEXT",
	"KAFKA_USERNAME": "prod_ticket", "KAFKA_PASSWORD": "hidden-2", "KAFKA_GROUP": "prod.ticket",
	"TOPIC_BOOKINGS": "prod.booking.bookings", "TOPIC_BOOKINGS_REFUSED": "prod.ticket.bookings.refused",
}

// but returns the settings with some of them changed; those that are empty are not set.
func but(settings map[string]string, changes ...string) map[string]string {
	changed := maps.Clone(settings)
	for n := 0; n < len(changes); n += 2 {
		changed[changes[n]] = changes[n+1]
	}
	return changed
}

func TestConfigOfNothing(t *testing.T) {
	environment(t, nil)
	config, faults := configOf()
	if len(faults) > 0 || config.Address != ":8080" || config.Drain != 5*time.Second || config.Postgres != nil || config.Kafka != nil {
		t.Errorf("%+v %v", config, faults)
	}
	again, _ := configOf()
	if len(config.Key) < keyLimit || string(config.Key) == string(again.Key) {
		t.Errorf("keys %q, %q", config.Key, again.Key)
	}
}

func TestConfigOfEverything(t *testing.T) {
	environment(t, but(whole, "DRAIN", "0s", "ADDRESS", "127.0.0.1:9000"))
	config, faults := configOf()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if config.SignIn || config.Address != "127.0.0.1:9000" || config.Drain != 0 || string(config.Key) != string(testKey) {
		t.Errorf("%+v", config)
	}
	connection := config.Postgres.ConnConfig
	if connection.Host != "ticket-db" || connection.Port != 5433 || connection.Password != "hidden-1" || connection.TLSConfig != nil ||
		len(connection.Fallbacks) > 0 || connection.ValidateConnect == nil || connection.ConnectTimeout != 2*time.Second {
		t.Errorf("%+v", connection.Config)
	}
	kafka := *config.Kafka
	if len(kafka.Brokers) != 2 || kafka.TLS || kafka.Password != "hidden-2" || kafka.Group != group || kafka.Bookings != bookings || kafka.Refused != refused {
		t.Errorf("%+v", kafka)
	}
}

// Both of the service and of its migration.
func TestConfigOfTheConnectTimeout(t *testing.T) {
	for given, want := range map[string]time.Duration{"": 2 * time.Second, "1": time.Second, "5": 5 * time.Second} {
		environment(t, but(whole, "PGCONNECT_TIMEOUT", given))
		config, faults := configOf()
		database, more := databaseOf()
		if len(faults)+len(more) > 0 || config.Postgres.ConnConfig.ConnectTimeout != want || database.ConnConfig.ConnectTimeout != want {
			t.Errorf("%q: %v %v", given, faults, more)
			continue
		}
		store, err := NewPostgres(config.Postgres, testKey, &Metrics{})
		if err != nil {
			t.Fatal(err)
		}
		if store.callTimeout != want+statementTimeout {
			t.Errorf("%q: a call takes %s", given, store.callTimeout)
		}
		store.Close()
	}
	for _, wrong := range []string{"0", "6", "2s", "10"} {
		environment(t, but(whole, "PGCONNECT_TIMEOUT", wrong))
		if _, faults := databaseOf(); len(faults) != 1 {
			t.Errorf("%q: %v", wrong, faults)
		}
	}
}

func TestConfigOfAWS(t *testing.T) {
	environment(t, but(whole, "KAFKA_PROTOCOL", "SASL_SSL", "PGSSLMODE", "require"))
	config, faults := configOf()
	if len(faults) > 0 || !config.Kafka.TLS || config.Postgres.ConnConfig.TLSConfig == nil || len(config.Postgres.ConnConfig.Fallbacks) > 0 {
		t.Errorf("%+v %v", config, faults)
	}
}

func TestConfigOfASignIn(t *testing.T) {
	environment(t, but(whole, "SIGN_IN", "required"))
	if config, faults := configOf(); len(faults) > 0 || !config.SignIn {
		t.Errorf("%+v %v", config, faults)
	}
	environment(t, but(whole, "SIGN_IN", "no"))
	if _, faults := configOf(); len(faults) != 1 || faults[0] != `SIGN_IN: "no" was given, allowed is required, or nothing` {
		t.Errorf("%v", faults)
	}
}

func TestConfigOfADatabaseAlone(t *testing.T) {
	environment(t, but(whole, "KAFKA_BROKERS", "", "KAFKA_PROTOCOL", "", "KAFKA_USERNAME", "", "KAFKA_PASSWORD", "", "KAFKA_GROUP", "",
		"TOPIC_BOOKINGS", "", "TOPIC_BOOKINGS_REFUSED", ""))
	if config, faults := configOf(); len(faults) > 0 || config.Postgres == nil || config.Kafka != nil {
		t.Errorf("%+v %v", config, faults)
	}
}

func TestConfigOfAKeyAlone(t *testing.T) {
	environment(t, map[string]string{"TICKET_KEY": string(testKey)})
	if config, faults := configOf(); len(faults) > 0 || config.Postgres != nil || string(config.Key) != string(testKey) {
		t.Errorf("%+v %v", config, faults)
	}
}

func TestConfigFaults(t *testing.T) {
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"half of a database", map[string]string{"PGHOST": "ticket-db"}, []string{
			"PGDATABASE: nothing was given, allowed is text without blanks around it; PGHOST needs it",
			"PGUSER: nothing was given, allowed is text without blanks around it; PGHOST needs it",
			"PGPASSWORD: nothing was given, allowed is any text; PGHOST needs it",
			"TICKET_KEY: nothing was given, allowed is 32 bytes or more; PGHOST needs it",
		}},
		{"a database without its host", map[string]string{"PGUSER": "x", "PGDATABASE": "x", "PGPASSWORD": "x", "TICKET_KEY": string(testKey)}, []string{
			"PGHOST: nothing was given, allowed is text without blanks around it; PGDATABASE needs it",
		}},
		{"a broker without its password", but(whole, "KAFKA_PASSWORD", ""), []string{
			"KAFKA_PASSWORD: nothing was given, allowed is any text; KAFKA_BROKERS needs it",
		}},
		{"a broker without a database", but(whole, "PGHOST", "", "PGDATABASE", "", "PGUSER", "", "PGPASSWORD", ""), []string{
			"PGHOST: nothing was given, allowed is text without blanks around it; KAFKA_BROKERS needs it",
			"PGDATABASE: nothing was given, allowed is text without blanks around it; KAFKA_BROKERS needs it",
			"PGUSER: nothing was given, allowed is text without blanks around it; KAFKA_BROKERS needs it",
			"PGPASSWORD: nothing was given, allowed is any text; KAFKA_BROKERS needs it",
		}},
		{"a short key", map[string]string{"TICKET_KEY": "hidden-key"}, []string{"TICKET_KEY: 10 bytes were given, allowed is 32 bytes or more"}},
		{"everything wrong at once", but(whole, "DRAIN", "soon", "PGHOST", " db", "PGPORT", "many", "PGSSLMODE", "on", "PGTARGETSESSIONATTRS", "standby",
			"PGCONNECT_TIMEOUT", "-1", "TICKET_KEY", "hidden-key", "KAFKA_BROKERS", "kafka", "KAFKA_PROTOCOL", "PLAINTEXT", "KAFKA_GROUP", "g ",
			"TOPIC_BOOKINGS", "예매", "TOPIC_BOOKINGS_REFUSED", strings.Repeat("x", 250)), []string{
			`DRAIN: "soon" was given, allowed is a duration from 0s to 12s`,
			`PGHOST: " db" was given, allowed is text without blanks around it`,
			`PGPORT: "many" was given, allowed is a port`,
			`PGSSLMODE: "on" was given, allowed is disable, allow, prefer, require, verify-ca or verify-full`,
			`PGTARGETSESSIONATTRS: "standby" was given, allowed is read-write, primary or any`,
			`PGCONNECT_TIMEOUT: "-1" was given, allowed is 1 to 5, in seconds`,
			`TICKET_KEY: 10 bytes were given, allowed is 32 bytes or more`,
			`KAFKA_BROKERS: "kafka" was given, allowed is host:port, or several with commas between them`,
			`KAFKA_PROTOCOL: "PLAINTEXT" was given, allowed is SASL_PLAINTEXT or SASL_SSL`,
			`KAFKA_GROUP: "g " was given, allowed is text without blanks around it`,
			`TOPIC_BOOKINGS: "예매" was given, allowed is at most 249 letters, digits, '.', '_' and '-'`,
			fmt.Sprintf(`TOPIC_BOOKINGS_REFUSED: %q was given, allowed is at most 249 letters, digits, '.', '_' and '-'`, strings.Repeat("x", 250)),
		}},
		{"a port that is none", but(whole, "PGPORT", "70000"), []string{"PGHOST and the other variables of libpq: cannot parse ``: invalid port"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			environment(t, test.set)
			if _, faults := configOf(); !slices.Equal(faults, test.want) {
				t.Errorf("%s\nwant\n%s", strings.Join(faults, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestShutdownFitsIntoWhatKubernetesWaits(t *testing.T) {
	// What is under way for an event may end: a ticket, twice if its server is no writer any more, then a commit, and the farewell.
	consumer := 5*time.Second + statementTimeout + 2*deliveryTimeout
	for _, longest := range []time.Duration{longestDrain + grace, consumer} {
		if longest > 28*time.Second {
			t.Errorf("%s", longest)
		}
	}
}

func TestConfigDrain(t *testing.T) {
	tests := []struct {
		drain string
		want  time.Duration
		fault bool
	}{{"", 5 * time.Second, false}, {"0s", 0, false}, {"12s", 12 * time.Second, false}, {"13s", 0, true}, {"-1s", 0, true}}
	for _, test := range tests {
		environment(t, map[string]string{"DRAIN": test.drain})
		config, faults := configOf()
		if test.fault != (len(faults) == 1) || !test.fault && config.Drain != test.want {
			t.Errorf("%q: %s %v", test.drain, config.Drain, faults)
		}
	}
}

// Whoever starts the service learns all that is wrong, and no secret gets into a log.
func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		name    string
		command []string
		set     map[string]string
		status  int
		words   []string
	}{
		{"half a configuration", nil, map[string]string{"PGPASSWORD": "hidden-1", "TICKET_KEY": "hidden-2", "KAFKA_PASSWORD": "hidden-3"}, 2,
			[]string{"PGHOST: nothing was given", "TICKET_KEY: 8 bytes were given", "KAFKA_BROKERS: nothing was given"}},
		{"to migrate nothing", []string{"migrate"}, nil, 2, []string{"PGHOST: nothing was given, allowed is text without blanks around it; migrate needs it"}},
		{"another command", []string{"migrate", "down"}, whole, 2, []string{`command: [\"migrate\" \"down\"] was given, allowed is migrate`}},
		{"an address that is taken", nil, map[string]string{"ADDRESS": taken.Addr().String()}, 1, []string{"address already in use"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			environment(t, test.set)
			lines := &lines{}
			status := run(context.Background(), test.command, slog.New(slog.NewJSONHandler(lines, nil)))
			if status != test.status || strings.Contains(lines.String(), "hidden") {
				t.Errorf("%d %s", status, lines)
			}
			for _, words := range test.words {
				if !strings.Contains(lines.String(), words) {
					t.Errorf("%s is not in %s", words, lines)
				}
			}
		})
	}
}

// The command needs nothing but the database.
func TestRunMigrates(t *testing.T) {
	fake := newFakePostgres(t)
	fake.set(func(f *fakePostgres) { f.standby = true })
	host, port, _ := strings.Cut(fake.address(), ":")
	environment(t, map[string]string{"PGHOST": host, "PGPORT": port, "PGDATABASE": "x", "PGUSER": "x", "PGPASSWORD": "x", "PGSSLMODE": "disable",
		"PGTARGETSESSIONATTRS": "read-write"})
	lines := &lines{}
	if status := run(context.Background(), []string{"migrate"}, slog.New(slog.NewJSONHandler(lines, nil))); status != 0 || !strings.Contains(lines.String(), "standby") {
		t.Errorf("%d %s", status, lines)
	}
}
