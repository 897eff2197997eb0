package logs

import (
	"cmp"
	"container/list"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
)

// What notes say of a log.
const (
	noteGaps    = "the log does not have the bytes of some literals: they are gaps"
	noteNoTimes = "the log has no times: 1970-01-01 00:00:00 is in their place"
	noteNoDate  = "the log has no dates: 1970-01-01 is in their place"
	noteNoYear  = "the log has no year: 1970 is in its place"
	noteNoHour  = "the log has no dates and hours: times begin in 1970-01-01 00:00"
	noteAddrs   = "the log has no addresses: 192.0.2.1 and 192.0.2.2 are in their place"
	noteClient  = "the log has no address of the client: 192.0.2.1 is in its place"
	noteOmitted = "the log leaves out what was sent here, and its length: it counts as 1 byte"
	noteLossy   = "the log shows every byte that is not printable as a dot"
)

// The bounds on the memory of a book, in addition to MaxLine.
const (
	maxSessions = 1024 // open at once; the one that was unused for longest is closed
	maxKey      = 128  // bytes of a key that distinguish sessions
	maxNotes    = 32   // notes about one session
	maxNote     = 200  // bytes of a note
)

// A book keeps the sessions of one log.
type book struct {
	Options
	sink      capture.Sink
	name      string // what the log is of
	origin    string
	protocol  Protocol
	sessions  map[string]*session
	used      list.List // of *session, the one used last in front
	last      *session  // used last
	uses      int64
	opened    int            // sessions so far
	connected bool           // the log has the beginning of the next session
	missing   int64          // bytes of all gaps
	unnamed   int            // sessions for which the log has no name
	server    netip.AddrPort // of the next session, if the log gave it
	alone     bool           // the log has one side only
	notes     []string       // for each session, when it is opened
	stamped   bool           // another program wrote the times before the lines
	lacks     string         // what these times lack, as a note
	now       time.Time
	scratch   []byte
	event     capture.Event
}

func newBook(o Options, name string, s capture.Sink) *book {
	return &book{Options: o, sink: s, name: name, origin: o.Origin, protocol: o.Protocol, sessions: make(map[string]*session), now: noDate}
}

// at sets the time of what is reported next. What another program wrote before the lines goes
// before the times that are in them.
func (b *book) at(t time.Time) {
	if !b.stamped {
		b.set(t)
	}
}

// set sets the time of what is reported next, unless t is none that a program writes. Recordings
// count nanoseconds since 1970 in 64 bits.
func (b *book) set(t time.Time) {
	if !t.Before(noDate) && t.Before(endOfTimes) {
		b.now = t
	}
}

// session returns the session of that key, which it opens if there is none.
func (b *book) session(key string) (*session, error) {
	key = short(key)
	s := b.sessions[key]
	if s == nil {
		var err error
		if s, err = b.open(key); err != nil {
			return nil, err
		}
	}
	b.use(s)
	return s, nil
}

// short returns what is compared of a key.
func short(key string) string { return key[:min(len(key), maxKey)] }

// use makes s the session that was used last.
func (b *book) use(s *session) {
	b.uses++
	s.used, b.last = b.uses, s
	b.used.MoveToFront(s.place)
}

// another returns a new session, in addition to the open ones: the log has its beginning.
func (b *book) another() (*session, error) {
	b.connected = true
	b.unnamed++
	return b.session("\x00" + strconv.Itoa(b.unnamed))
}

// current returns the session that was used last, or a new one.
func (b *book) current() (*session, error) {
	if b.last != nil {
		return b.session(b.last.key)
	}
	return b.session("")
}

// restart ends the session of that key, if there is one: the log has the beginning of another.
// How the connection ended is not in it.
func (b *book) restart(key string) error {
	b.connected = true
	if s := b.sessions[short(key)]; s != nil {
		return s.close(capture.EndOfCapture)
	}
	return nil
}

// ended closes the session of that key, if there is one: the log says that it was closed.
func (b *book) ended(key string) error {
	if s := b.sessions[short(key)]; s != nil {
		return s.close(capture.FIN)
	}
	return nil
}

// open makes a new session. It is reported with its first event: see begin.
func (b *book) open(key string) (*session, error) {
	if len(b.sessions) >= maxSessions {
		if err := b.used.Back().Value.(*session).close(capture.Idle); err != nil {
			return nil, err
		}
	}
	key = strings.Clone(key) // not the line that it is of
	b.opened++
	s := &session{b: b, n: b.opened, key: key, start: b.now, frames: b.protocol.Framing(), said: make(map[string]bool), server: b.server, connected: b.connected}
	b.server, b.connected = netip.AddrPort{}, false
	s.place = b.used.PushFront(s)
	b.sessions[key] = s
	return s, nil
}

// begin reports a session. It begins in the middle of a connection if the log does not show its
// beginning, which is that the program connects, or the server's greeting.
func (s *session) begin(dir capture.Direction, first []byte) error {
	b := s.b
	now := b.now
	b.now = s.start
	defer func() { b.now = now }()
	s.id = b.NextID()
	info := &capture.Conn{ID: s.id, Start: b.now, Origin: b.origin, MidStream: !s.connected && !(dir == capture.ServerToClient && isGreeting(first, b.protocol))}
	info.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), uint16(49152+uint64(s.id)%16384))
	info.Server = s.server
	addresses := noteClient
	if !info.Server.IsValid() {
		info.Server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), 143)
		addresses = noteAddrs
	}
	if err := b.report(capture.Event{Kind: capture.Opened, Conn: s.id, Info: info}); err != nil {
		return err
	}
	for _, text := range append([]string{capture.FromLog + b.name, addresses}, b.notes...) {
		if lacks := text == noteNoTimes || text == noteNoDate || text == noteNoHour || text == noteNoYear; b.stamped && lacks {
			text = b.lacks
		}
		if text == "" {
			continue
		}
		if err := s.once(text); err != nil {
			return err
		}
	}
	return nil
}

// all returns the open sessions in the order in which they began.
func (b *book) all() []*session {
	list := make([]*session, 0, len(b.sessions))
	for _, s := range b.sessions {
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y *session) int { return cmp.Compare(x.n, y.n) })
	return list
}

// end closes what is open: the log ended.
func (b *book) end() error {
	for _, s := range b.all() {
		cause := capture.EndOfCapture
		if s.closing {
			cause = capture.FIN
		}
		if err := s.close(cause); err != nil {
			return err
		}
	}
	return nil
}

// to sets the address of the server of the next session, as a log gives it.
func (b *book) to(ip, port []byte) {
	addr, err := netip.ParseAddr(string(ip))
	n, errPort := strconv.ParseUint(string(port), 10, 16)
	if err == nil && errPort == nil {
		b.server = netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(n))
	}
}

// report passes an event to the sink.
func (b *book) report(e capture.Event) error {
	b.event = e
	b.event.Time = b.now
	return b.sink.Event(&b.event)
}
