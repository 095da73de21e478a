package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

// testStore is what every store must do. Each test gets an empty one, with testKey, and room for 1,000 tickets.
func testStore(t *testing.T, empty func(t *testing.T) Store) {
	t.Run("one ticket per booking", func(t *testing.T) { testOneTicketPerBooking(t, empty(t)) })
	t.Run("tickets are found", func(t *testing.T) { testTicketsAreFound(t, empty(t)) })
	t.Run("any text may be asked for", func(t *testing.T) { testAnyText(t, empty(t)) })
	t.Run("long texts of any language", func(t *testing.T) { testLongTexts(t, empty(t)) })
	t.Run("concurrent orders", func(t *testing.T) { testConcurrentOrders(t, empty(t)) })
	t.Run("concurrent orders of one booking", func(t *testing.T) { testConcurrentOtherOrders(t, empty(t)) })
}

var someOrder = Order{Booking: "b-1", Show: "show", Seat: "A-1", Holder: "김하늘"}

func testOneTicketPerBooking(t *testing.T, store Store) {
	ctx := context.Background()
	before := time.Now().Add(-time.Minute)
	first, created, err := store.Issue(ctx, someOrder)
	if err != nil || !created || first.Order != someOrder || first.ID != "cn2ydc5yyvu4o3ew7i62fez6ge" {
		t.Fatalf("first: %+v %v %v", first, created, err)
	}
	if at := first.IssuedAt; at.Before(before) || at.After(time.Now().Add(time.Minute)) || at.Location() != time.UTC || at != at.Truncate(time.Millisecond) {
		t.Errorf("issued at %v", at)
	}
	again, created, err := store.Issue(ctx, someOrder)
	if err != nil || created || again != first {
		t.Fatalf("the same order again: %+v %v %v", again, created, err)
	}
	for _, other := range []Order{
		{Booking: "b-1", Show: "other", Seat: "A-1", Holder: "김하늘"},
		{Booking: "b-1", Show: "show", Seat: "A-2", Holder: "김하늘"},
		{Booking: "b-1", Show: "show", Seat: "A-1", Holder: "Kim"},
	} {
		if ticket, created, err := store.Issue(ctx, other); !errors.Is(err, ErrOtherOrder) || created || ticket != (Ticket{}) {
			t.Errorf("%+v: %+v %v %v", other, ticket, created, err)
		}
	}
	// What a release before this one stored of a name in parts.
	inParts := Order{Booking: "b-parts", Show: "show", Seat: "A-1", Holder: decomposed}
	old, _, err := store.Issue(ctx, inParts)
	if err != nil {
		t.Fatal(err)
	}
	inParts.Holder = composed
	if ticket, created, err := store.Issue(ctx, inParts); err != nil || created || ticket != old {
		t.Errorf("composed: %+v %v %v", ticket, created, err)
	}
	if found, err := store.Find(ctx, first.ID); err != nil || found != first {
		t.Errorf("after other orders: %+v %v", found, err)
	}
}

func testTicketsAreFound(t *testing.T, store Store) {
	ctx := context.Background()
	for n := range 3 {
		order := someOrder
		order.Booking = fmt.Sprint("b-", n)
		ticket, _, err := store.Issue(ctx, order)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := store.Find(ctx, ticket.ID); err != nil || found != ticket {
			t.Errorf("by id: %+v %v", found, err)
		}
		if found, err := store.FindByBooking(ctx, order.Booking); err != nil || found != ticket {
			t.Errorf("by booking: %+v %v", found, err)
		}
	}
}

func testAnyText(t *testing.T, store Store) {
	ctx := context.Background()
	for _, text := range []string{"", "none", "b-1", "\x00", "\xff", "b-1\x00", "' or true --", "$1", "김하늘", strings.Repeat("x", 1<<14)} {
		if ticket, err := store.Find(ctx, text); !errors.Is(err, ErrNotFound) || ticket != (Ticket{}) {
			t.Errorf("id %.20q: %+v %v", text, ticket, err)
		}
		if ticket, err := store.FindByBooking(ctx, text); !errors.Is(err, ErrNotFound) || ticket != (Ticket{}) {
			t.Errorf("booking %.20q: %+v %v", text, ticket, err)
		}
	}
}

func testLongTexts(t *testing.T, store Store) {
	ctx := context.Background()
	order := Order{Booking: strings.Repeat("예", 128), Show: strings.Repeat("쇼", 64), Seat: `'"\%_$1{},;--`, Holder: strings.Repeat("𠀀", 100)}
	ticket, created, err := store.Issue(ctx, order)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if found, err := store.FindByBooking(ctx, order.Booking); err != nil || found != ticket || found.Order != order {
		t.Errorf("%+v %v", found, err)
	}
}

func testConcurrentOrders(t *testing.T, store Store) {
	ctx := context.Background()
	const bookings, callers = 50, 8
	ids := make([]map[string]string, callers)
	news := make([]int, callers)
	var group sync.WaitGroup
	for caller := range callers {
		ids[caller] = map[string]string{}
		group.Go(func() {
			for n := range bookings {
				booking := fmt.Sprint("b-", n)
				ticket, created, err := store.Issue(ctx, Order{Booking: booking, Seat: "A-1"})
				if err != nil {
					t.Error(err)
				}
				if created {
					news[caller]++
				}
				if found, err := store.Find(ctx, ticket.ID); err != nil || found != ticket {
					t.Error(found, err)
				}
				ids[caller][booking] = ticket.ID
			}
		})
	}
	group.Wait()
	total, unique := 0, map[string]bool{}
	for caller := range callers {
		total += news[caller]
		for booking, id := range ids[caller] {
			unique[id] = true
			if id != ids[0][booking] {
				t.Errorf("%s has two tickets", booking)
			}
		}
	}
	if total != bookings || len(unique) != bookings {
		t.Errorf("%d bookings made %d new tickets with %d ids", bookings, total, len(unique))
	}
}

func testConcurrentOtherOrders(t *testing.T, store Store) {
	ctx := context.Background()
	const callers = 8
	results := make(chan error, callers)
	for caller := range callers {
		go func() {
			_, _, err := store.Issue(ctx, Order{Booking: "b-1", Seat: fmt.Sprint("A-", caller)})
			results <- err
		}()
	}
	won := 0
	for range callers {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, ErrOtherOrder):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d orders of one booking have its ticket", won)
	}
}

func TestMemory(t *testing.T) {
	testStore(t, func(*testing.T) Store { return NewMemory(1000, testKey) })
}

func TestMemoryIsBounded(t *testing.T) {
	ctx := context.Background()
	store := NewMemory(2, testKey)
	for n, want := range []error{nil, nil, ErrFull, ErrFull} {
		if _, _, err := store.Issue(ctx, Order{Booking: fmt.Sprint(n)}); !errors.Is(err, want) {
			t.Errorf("ticket %d: %v, want %v", n, err, want)
		}
	}
	if _, created, err := store.Issue(ctx, Order{Booking: "1"}); err != nil || created {
		t.Errorf("a full store still knows its bookings: %v %v", created, err)
	}
}

// The ids are computed by Python: base64.b32encode(hmac.new(key, booking.encode(), "sha256").digest())[:26].lower()
func TestIDsAreAFunctionOfKeyAndBooking(t *testing.T) {
	for booking, want := range map[string]string{
		"b-1":            "cn2ydc5yyvu4o3ew7i62fez6ge",
		"hamlet.A-12.예매": "whndm22wxu7j2kcskwp5xps4a6",
	} {
		if id := idOf(testKey, booking); id != want {
			t.Errorf("%s: %s, want %s", booking, id, want)
		}
		if id := idOf([]byte("another key of 32 bytes and more"), booking); id == want || len(id) != 26 {
			t.Errorf("%s by another key: %s", booking, id)
		}
	}
}
