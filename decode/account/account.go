package account

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"imapscope/decode/session"
)

// Accounts is what the facts of a Book say together.
type Accounts struct {
	Users     []*Account // by server and user
	Addresses []*Address // of clients, by address
	Start     time.Time  // facts before it were left out; zero if there are none
}

// Account is one user at one server.
type Account struct {
	Server    string // address and port; only the address if the port is 143 or 993
	User      string // empty if it was not seen
	Uses      []*Use // of connections, by the time of their login
	Most      Most
	Mailboxes []*Mailbox // by name
	Idles     []Idle     // by the time of their beginning
}

// Address is the address of clients.
type Address struct {
	Addr  netip.Addr
	Conns int // in all
	Most  Most
}

// Use is the time for which a connection was logged in.
type Use struct {
	Conn *Conn
	From time.Time
	To   time.Time // zero if the end was not seen
	End  string    // how it ended: "logged out by the client", "reset by the server"
}

// Idle is one IDLE.
type Idle struct {
	Conn *Conn
	Txn  int
	From time.Time
	To   time.Time // zero if the end was not seen
	By   string    // who ended it: "client" (DONE), "server", "" (the connection ended)
}

// Most is the maximum number of connections at the same time, and when it was reached first.
type Most struct {
	N  int
	At time.Time
}

// count follows the number of connections that are open.
type count struct{ now int }

func (c *count) begin(m *Most, at time.Time) {
	if c.now++; c.now > m.N {
		*m = Most{c.now, at}
	}
}

func (c *count) end() { c.now = max(c.now-1, 0) }

// Accounts returns what the facts so far say together.
func (b *Book) Accounts() *Accounts {
	b.tidy()
	f := fold{
		accounts: make(map[accountKey]*state), addresses: make(map[netip.Addr]*addressState),
		conns: make(map[*Conn]*connState), boxes: make(map[Key]*Mailbox), has: make(map[membership]bool),
	}
	f.all.Start = b.start()
	events := slices.Concat(b.links, b.changes)
	slices.SortFunc(events, compare)
	for i := range events {
		f.event(&events[i])
	}
	return f.result()
}

// accountKey is what distinguishes accounts.
type accountKey struct {
	server, user string
	conn         *Conn // if the user is not known
}

// Key distinguishes mailboxes of accounts.
type Key struct {
	account accountKey // of a shared mailbox: only its server
	name    string
}

// KeyOf returns the key of a mailbox that a fact names.
func KeyOf(e *Event, name string) Key {
	k := Key{keyOf(e), foldName(name)}
	if e.Fact.Shared {
		k.account = accountKey{server: k.account.server}
	}
	return k
}

// fold is the work of Accounts.
type fold struct {
	all       Accounts
	accounts  map[accountKey]*state
	addresses map[netip.Addr]*addressState
	conns     map[*Conn]*connState
	boxes     map[Key]*Mailbox
	has       map[membership]bool
}

// membership is that a mailbox is one of an account.
type membership struct {
	account *state
	box     *Mailbox
}

type state struct {
	*Account
	open count
}

type addressState struct {
	*Address
	open count
}

// connState is a connection, as far as its facts have been seen.
type connState struct {
	open    bool
	account *state
	use     *Use
	idle    int // index in the account's Idles, from 1; 0: none
}

// serverOf returns the name of what has the accounts of a connection's server: its service, or
// itself. The ports of IMAP and of IMAP over TLS lead to the same server.
func serverOf(c *Conn) string {
	if c.Service != "" {
		return c.Service
	}
	a := c.Server
	if p := a.Port(); p == 143 || p == 993 {
		return a.Addr().String()
	}
	return a.String()
}

func keyOf(e *Event) accountKey {
	k := accountKey{server: serverOf(e.Conn), user: e.Fact.User}
	if k.user == "" {
		k.conn = e.Conn
	}
	return k
}

func (f *fold) conn(c *Conn) *connState {
	s := f.conns[c]
	if s == nil {
		s = new(connState)
		f.conns[c] = s
	}
	return s
}

// account returns the account of a fact.
func (f *fold) account(e *Event) *state {
	k := keyOf(e)
	a := f.accounts[k]
	if a == nil {
		a = &state{Account: &Account{Server: k.server, User: k.user}}
		f.accounts[k] = a
	}
	return a
}

// event follows one fact.
func (f *fold) event(e *Event) {
	c := f.conn(e.Conn)
	switch e.Fact.Kind {
	case session.Opened:
		c.open = true
		a := f.address(e.Conn.Client.Addr())
		a.Conns++
		a.open.begin(&a.Most, e.Fact.Time)
	case session.Ended:
		if c.open {
			f.address(e.Conn.Client.Addr()).open.end()
		}
		c.open = false
		c.logOut(e.Fact.Time, e.Fact.Text)
	case session.LoggedIn:
		c.logOut(e.Fact.Time, "")
		c.account = f.account(e)
		c.use = &Use{Conn: e.Conn, From: e.Fact.Time}
		c.account.Uses = append(c.account.Uses, c.use)
		c.account.open.begin(&c.account.Most, e.Fact.Time)
	case session.LoggedOut:
		how := "logged out by the client"
		if e.Fact.By == "server" {
			how = "BYE from the server"
		}
		c.logOut(e.Fact.Time, how)
	case session.IdleBegan:
		a := f.account(e)
		a.Idles = append(a.Idles, Idle{Conn: e.Conn, Txn: e.Fact.Txn, From: e.Fact.Time})
		c.account, c.idle = a, len(a.Idles)
	case session.IdleEnded:
		if c.idle > 0 && c.account != nil {
			i := &c.account.Idles[c.idle-1]
			i.To, i.By = e.Fact.Time, e.Fact.By
		}
		c.idle = 0
	default:
		f.mailboxFact(e)
	}
}

func (f *fold) address(a netip.Addr) *addressState {
	s := f.addresses[a]
	if s == nil {
		s = &addressState{Address: &Address{Addr: a}}
		f.addresses[a] = s
	}
	return s
}

func (c *connState) logOut(at time.Time, how string) {
	if c.use == nil {
		return
	}
	c.use.To, c.use.End = at, how
	c.account.open.end()
	c.use = nil
}

// mailbox returns a mailbox of the account of a fact.
func (f *fold) mailbox(e *Event, name string) *Mailbox {
	k := KeyOf(e, name)
	b := f.boxes[k]
	if b == nil {
		b = &Mailbox{Name: k.name, Shared: e.Fact.Shared}
		f.boxes[k] = b
	}
	if m := (membership{f.account(e), b}); !f.has[m] {
		f.has[m] = true
		m.account.Mailboxes = append(m.account.Mailboxes, b)
	}
	return b
}

// mailboxFact follows a fact about a mailbox. That of a copy, or of a new name, is about two.
func (f *fold) mailboxFact(e *Event) {
	f.mailbox(e, e.Fact.Mailbox).add(e)
	if e.Fact.To != "" && foldName(e.Fact.To) != foldName(e.Fact.Mailbox) {
		f.mailbox(e, e.Fact.To).add(e)
	}
}

// result puts everything in order.
func (f *fold) result() *Accounts {
	for _, a := range f.accounts {
		slices.SortFunc(a.Mailboxes, func(x, y *Mailbox) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), compareBool(x.Shared, y.Shared))
		})
		f.all.Users = append(f.all.Users, a.Account)
	}
	slices.SortFunc(f.all.Users, func(x, y *Account) int {
		return cmp.Or(cmp.Compare(x.Server, y.Server), cmp.Compare(x.User, y.User), compareConn(x.first(), y.first()))
	})
	for _, a := range f.addresses {
		f.all.Addresses = append(f.all.Addresses, a.Address)
	}
	slices.SortFunc(f.all.Addresses, func(x, y *Address) int { return x.Addr.Compare(y.Addr) })
	for _, b := range f.boxes {
		b.explain()
	}
	return &f.all
}

// first returns a connection of the account: accounts without a user have only one.
func (a *Account) first() *Conn {
	switch {
	case len(a.Uses) > 0:
		return a.Uses[0].Conn
	case len(a.Idles) > 0:
		return a.Idles[0].Conn
	}
	for _, b := range a.Mailboxes {
		if !b.Shared && len(b.Events) > 0 {
			return b.Events[0].Conn
		}
	}
	return new(Conn)
}

func compareConn(a, b *Conn) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Run, b.Run), cmp.Compare(a.ID, b.ID))
}

func compareBool(a, b bool) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
