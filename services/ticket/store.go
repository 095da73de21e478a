package main

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// Order is what a ticket is issued for.
type Order struct {
	Booking string `json:"booking"`
	Show    string `json:"show"`
	Seat    string `json:"seat"`
	Holder  string `json:"holder"`
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

// Memory keeps tickets for as long as the process lives, and at most limit of them.
type Memory struct {
	mu        sync.RWMutex
	limit     int
	byID      map[string]Ticket
	byBooking map[string]string
	now       func() time.Time
}

// NewMemory returns an empty store.
func NewMemory(limit int) *Memory {
	return &Memory{limit: limit, byID: map[string]Ticket{}, byBooking: map[string]string{}, now: time.Now}
}

// Issue implements Store.
func (m *Memory) Issue(_ context.Context, order Order) (Ticket, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, ok := m.byBooking[order.Booking]; ok {
		ticket := m.byID[id]
		if ticket.Order != order {
			return Ticket{}, false, ErrOtherOrder
		}
		return ticket, false, nil
	}
	if len(m.byID) >= m.limit {
		return Ticket{}, false, ErrFull
	}
	// 130 random bits: whoever has one id cannot guess another.
	ticket := Ticket{ID: rand.Text(), Order: order, IssuedAt: m.now().UTC().Truncate(time.Millisecond)}
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
