package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestOneTicketPerBooking(t *testing.T) {
	ctx := context.Background()
	store := NewMemory(10)
	order := Order{Booking: "b-1", Show: "show", Seat: "A-1", Holder: "김하늘"}
	first, created, err := store.Issue(ctx, order)
	if err != nil || !created || first.Order != order || first.IssuedAt.IsZero() {
		t.Fatalf("first: %+v %v %v", first, created, err)
	}
	again, created, err := store.Issue(ctx, order)
	if err != nil || created || again != first {
		t.Fatalf("the same order again: %+v %v %v", again, created, err)
	}
	for _, other := range []Order{
		{Booking: "b-1", Show: "other", Seat: "A-1", Holder: "김하늘"},
		{Booking: "b-1", Show: "show", Seat: "A-2", Holder: "김하늘"},
		{Booking: "b-1", Show: "show", Seat: "A-1", Holder: "Kim"},
	} {
		if _, _, err := store.Issue(ctx, other); !errors.Is(err, ErrOtherOrder) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if found, err := store.Find(ctx, first.ID); err != nil || found != first {
		t.Errorf("found %+v %v", found, err)
	}
	if _, err := store.Find(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown id: %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	ctx := context.Background()
	store := NewMemory(2)
	for n, want := range []error{nil, nil, ErrFull, ErrFull} {
		if _, _, err := store.Issue(ctx, Order{Booking: fmt.Sprint(n)}); !errors.Is(err, want) {
			t.Errorf("ticket %d: %v, want %v", n, err, want)
		}
	}
	if _, created, err := store.Issue(ctx, Order{Booking: "1"}); err != nil || created {
		t.Errorf("a full store still knows its bookings: %v %v", created, err)
	}
}

func TestConcurrentOrders(t *testing.T) {
	ctx := context.Background()
	store := NewMemory(1000)
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
