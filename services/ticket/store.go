package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Order is what a ticket is issued for.
type Order struct {
	Booking string `json:"booking"`
	Show    string `json:"show"`
	Seat    string `json:"seat"`
	Holder  string `json:"holder"`
}

// is reports whether two orders are the same. Stores may have names that were written before names were composed, see textOf.
func (o Order) is(other Order) bool {
	return o.Booking == other.Booking && norm.NFC.String(o.Show) == norm.NFC.String(other.Show) &&
		norm.NFC.String(o.Seat) == norm.NFC.String(other.Seat) && norm.NFC.String(o.Holder) == norm.NFC.String(other.Holder)
}

// Ticket admits its holder to one seat of one show.
type Ticket struct {
	ID string `json:"id"`
	Order
	IssuedAt time.Time `json:"issuedAt"`
}

var (
	// ErrNotFound: no ticket has this id.
	ErrNotFound = errors.New("no such ticket")
	// ErrOtherOrder: the booking has a ticket already, for something else.
	ErrOtherOrder = errors.New("this booking has a ticket for another show, seat or holder")
	// ErrFull: the store takes no more tickets.
	ErrFull = errors.New("the store is full")
	// ErrAway: the store is out of reach, or takes no writes. The same call may succeed later.
	ErrAway = errors.New("the store is away")
)

// Store keeps tickets. All methods may be called at the same time.
type Store interface {
	// Issue returns the ticket of the order's booking, and whether it is new. A booking has one ticket: the same order again
	// returns the same ticket, another order ErrOtherOrder.
	Issue(ctx context.Context, order Order) (ticket Ticket, created bool, err error)
	// Find returns the ticket with this id, or ErrNotFound.
	Find(ctx context.Context, id string) (Ticket, error)
	// FindByBooking returns the ticket of this booking, or ErrNotFound.
	FindByBooking(ctx context.Context, booking string) (Ticket, error)
}

// keyLimit is how many bytes a key for ids has at least: as many as the digest that it keys.
const keyLimit = sha256.Size

var lowerCase = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// idOf makes the id of a booking's ticket. It is a function of the booking, so that a ticket that was lost with a region is issued
// again with the id that its holder has. Whoever knows a booking, or other ids, cannot compute it without the key: 130 bits.
func idOf(key []byte, booking string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(booking))
	return lowerCase.EncodeToString(mac.Sum(nil))[:26]
}

// Memory keeps tickets for as long as the process lives, and at most limit of them.
type Memory struct {
	mu        sync.RWMutex
	limit     int
	key       []byte
	byID      map[string]Ticket
	byBooking map[string]string
	now       func() time.Time
}

// NewMemory returns an empty store. The key is for the ids of its tickets.
func NewMemory(limit int, key []byte) *Memory {
	return &Memory{limit: limit, key: key, byID: map[string]Ticket{}, byBooking: map[string]string{}, now: time.Now}
}

// Issue implements Store.
func (m *Memory) Issue(_ context.Context, order Order) (Ticket, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, ok := m.byBooking[order.Booking]; ok {
		ticket := m.byID[id]
		if !ticket.Order.is(order) {
			return Ticket{}, false, ErrOtherOrder
		}
		return ticket, false, nil
	}
	if len(m.byID) >= m.limit {
		return Ticket{}, false, ErrFull
	}
	ticket := Ticket{ID: idOf(m.key, order.Booking), Order: order, IssuedAt: m.now().UTC().Truncate(time.Millisecond)}
	m.byID[ticket.ID] = ticket
	m.byBooking[order.Booking] = ticket.ID
	return ticket, true, nil
}

// Find implements Store.
func (m *Memory) Find(_ context.Context, id string) (Ticket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ticket, ok := m.byID[id]
	if !ok {
		return Ticket{}, ErrNotFound
	}
	return ticket, nil
}

// FindByBooking implements Store.
func (m *Memory) FindByBooking(_ context.Context, booking string) (Ticket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	id, ok := m.byBooking[booking]
	if !ok {
		return Ticket{}, ErrNotFound
	}
	return m.byID[id], nil
}
