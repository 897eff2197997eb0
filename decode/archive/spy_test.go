package archive_test

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
)

// spy receives the same as the archive, and keeps all of it in memory: once as a
// capture.Sink, once as the archive's Handler.
type spy struct {
	conns  []capture.Conn
	items  map[capture.ConnID][]decode.Event
	told   map[capture.ConnID][]capture.Event // all but Opened
	first  []key                              // transactions, in the order they were told of first
	seen   map[key]bool
	ended  map[key]*decode.Transaction
	belong map[key][]*decode.Message
}

type key struct {
	conn capture.ConnID
	n    int
}

func newSpy() *spy {
	return &spy{
		items: make(map[capture.ConnID][]decode.Event), told: make(map[capture.ConnID][]capture.Event),
		seen: make(map[key]bool), ended: make(map[key]*decode.Transaction), belong: make(map[key][]*decode.Message),
	}
}

// sink is the side of a spy that stands beside the archive's Writer.
type sink struct{ *spy }

// text returns a sink that keeps what Replay reports: the text of IMAP in the place of the
// layers that were opened.
func (s *spy) text() capture.Sink { return decode.NewOpened(decode.Options{}, sink{s}) }

func (s sink) Event(e *capture.Event) error {
	if e.Kind == capture.Note && (e.Text == decode.OpenedNote(decode.TLS) || e.Text == decode.OpenedNote(decode.Compression)) {
		return nil // its place differs
	}
	if e.Kind == capture.Opened {
		s.conns = append(s.conns, *e.Info)
		s.told[e.Conn] = nil
		return nil
	}
	s.told[e.Conn] = append(s.told[e.Conn], capturetest.Clone(e))
	return nil
}

// Open implements decode.Handler.
func (s *spy) Open(capture.Conn) error { return nil }

// Events implements decode.Handler.
func (s *spy) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch x := e.(type) {
		case *decode.Message:
			m := copyMessage(x)
			e = m
			if m.Txn != nil {
				k := key{id, m.Txn.N}
				s.meet(k)
				s.belong[k] = append(s.belong[k], m)
			}
		case *decode.Transaction:
			t := copyTransaction(x)
			e = t
			s.meet(key{id, t.N})
			s.ended[key{id, t.N}] = t
		case *decode.Again:
			c := *x
			if x.Txn != nil {
				c.Txn = &decode.Transaction{N: x.Txn.N}
			}
			e = &c
		case *decode.Closed:
			c := *x
			e = &c
		}
		s.items[id] = append(s.items[id], e)
	}
	return nil
}

func (s *spy) meet(k key) {
	if !s.seen[k] {
		s.seen[k] = true
		s.first = append(s.first, k)
	}
}

func copyMessage(m *decode.Message) *decode.Message {
	c := *m
	c.Raw, c.Literals, c.Gaps, c.Secrets = bytes.Clone(m.Raw), slices.Clone(m.Literals), slices.Clone(m.Gaps), slices.Clone(m.Secrets)
	c.Tag, c.Text = bytes.Clone(m.Tag), bytes.Clone(m.Text)
	if m.Txn != nil {
		c.Txn = &decode.Transaction{N: m.Txn.N}
	}
	return &c
}

func copyTransaction(t *decode.Transaction) *decode.Transaction {
	c := *t
	c.Request.Raw, c.Request.Literals = bytes.Clone(t.Request.Raw), slices.Clone(t.Request.Literals)
	c.Data, c.Literals, c.Secrets = slices.Clone(t.Data), slices.Clone(t.Literals), slices.Clone(t.Secrets)
	return &c
}

// same compares events; of a message's transaction the number.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(decode.Message{}, decode.Transaction{}),
	cmpopts.IgnoreFields(decode.Message{}, "Known"), cmpopts.IgnoreFields(decode.Transaction{}, "Known"), // there are more by then
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() != reflect.TypeFor[[]byte]() }, cmpopts.EquateEmpty()),
	cmp.FilterPath(isText, cmp.Comparer(func(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) })),
	cmp.FilterPath(func(p cmp.Path) bool { return !isText(p) }, cmp.Comparer(bytes.Equal)),
	cmpopts.EquateErrors(),
	cmp.Comparer(func(a, b *protocol.Row) bool { return a == b }), // there is one of each, and it is large
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Txn" },
		cmp.Comparer(func(a, b *decode.Transaction) bool { return (a == nil) == (b == nil) && (a == nil || a.N == b.N) })),
}

// isText: no text is another thing than an empty one.
func isText(p cmp.Path) bool { return p.Last().String() == ".Text" }

// verify holds an archive against all that the spy was told.
func (s *spy) verify(t testing.TB, a *archive.Archive) {
	t.Helper()
	if err := s.compare(a); err != "" {
		t.Fatal(err)
	}
}

// compare returns what differs.
func (s *spy) compare(a *archive.Archive) string {
	r := a.Reader()
	for _, f := range []func(*archive.Archive, *archive.Reader) string{s.compareConns, s.compareTxns, s.compareReplay} {
		if d := f(a, r); d != "" {
			return d
		}
	}
	return ""
}

func (s *spy) compareConns(a *archive.Archive, r *archive.Reader) string {
	if a.Conns() != len(s.conns) {
		return cmp.Diff(len(s.conns), a.Conns())
	}
	for i, c := range s.conns {
		if d := cmp.Diff(c, a.Conn(i).Conn, cmp.Comparer(func(a, b capture.Conn) bool { return a == b })); d != "" {
			return d
		}
		var got []decode.Event
		var refs []archive.Ref
		err := r.Items(c.ID, archive.Ref{}, func(x archive.Item) bool {
			refs = append(refs, x.Ref)
			switch e := x.Event.(type) {
			case *decode.Message:
				got = append(got, copyMessage(e))
			default:
				got = append(got, e)
			}
			return true
		})
		if err != nil {
			return err.Error()
		}
		if d := cmp.Diff(s.items[c.ID], got, same); d != "" {
			return d
		}
		if d := s.compareRefs(r, c.ID, refs); d != "" {
			return d
		}
		if d := s.compareConn(a.Conn(i)); d != "" {
			return d
		}
	}
	return ""
}

// compareRefs reads each message again by its name, from the last to the first, and
// what comes after each item.
func (s *spy) compareRefs(r *archive.Reader, id capture.ConnID, refs []archive.Ref) string {
	for i, ref := range slices.Backward(refs) {
		if want, ok := s.items[id][i].(*decode.Message); ok {
			var m decode.Message
			if err := r.Message(ref, &m); err != nil {
				return err.Error()
			}
			if d := cmp.Diff(want, &m, same); d != "" {
				return d
			}
		}
		var next archive.Ref
		err := r.Items(id, ref, func(x archive.Item) bool {
			next = x.Ref
			return false
		})
		if err != nil {
			return err.Error()
		}
		var want archive.Ref
		if i+1 < len(refs) {
			want = refs[i+1]
		}
		if next != want {
			return "another item comes after one than did before"
		}
	}
	return ""
}

// compareConn adds up what happened.
func (s *spy) compareConn(c archive.Conn) string {
	var want archive.Conn
	for _, e := range s.items[c.ID] {
		switch e := e.(type) {
		case *decode.Note:
			want.Notes++
		case *decode.Message:
			if e.Txn == nil {
				want.Outside++
			}
		case *decode.Transaction:
			want.Txns++
			switch {
			case e.Outcome == decode.Abandoned:
				want.Abandoned++
			case e.Outcome == decode.Orphan:
				want.Orphans++
			case e.Status == "OK":
				want.OK++
			case e.Status == "NO":
				want.NO++
			case e.Status == "BAD":
				want.BAD++
			default:
				want.Untold++
			}
		case *decode.Upgrade:
			want.Upgraded = e.To
		case *decode.Secured:
			want.TLS = e.Facts.Version
		case *decode.Record:
			want.Records++
		case *decode.Dark:
			want.Dark = e.Of
		case *decode.Closed:
			want.Closed, want.Cause, want.First, want.Last = true, e.Cause, e.First, e.Time
			want.User, want.Mailbox, want.Dialect, want.DialectKnown = e.User, e.Mailbox, e.Dialect, true
			want.Octets, want.Lost = e.Octets, e.Lost
		}
	}
	for k := range s.seen {
		if k.conn == c.ID && s.ended[k] == nil {
			want.Running++
			want.Txns++
		}
	}
	for k := range s.seen {
		if k.conn == c.ID {
			want.LastN = max(want.LastN, k.n)
		}
	}
	want.Conn = c.Conn
	ignored := cmpopts.IgnoreFields(archive.Conn{}, "Conn")
	if !want.Closed {
		ignored = cmpopts.IgnoreFields(archive.Conn{}, "Conn", "User", "Mailbox", "Octets", "Lost", "Last")
	}
	return cmp.Diff(want, c, ignored, cmpopts.EquateErrors())
}

func (s *spy) compareTxns(a *archive.Archive, r *archive.Reader) string {
	if a.Len() != len(s.first) {
		return cmp.Diff(len(s.first), a.Len())
	}
	var x decode.Transaction
	n := 0
	for i, row := range a.Rows(0, a.Len()+10) {
		k := s.first[i]
		if i != n || (key{row.Conn, row.N}) != k {
			return cmp.Diff(k, key{row.Conn, row.N})
		}
		n++
		if j, ok := a.Find(k.conn, k.n); !ok || i != j {
			return "a transaction is not found"
		}
		if err := r.Txn(i, &x); err != nil {
			return err.Error()
		}
		want := s.ended[k]
		if row.Running != (want == nil) {
			return cmp.Diff(want == nil, row.Running)
		}
		if want != nil {
			if d := cmp.Diff(want, &x, same); d != "" {
				return d
			}
			if d := cmp.Diff(rowOf(k.conn, want), row); d != "" {
				return d
			}
		}
		var got []*decode.Message
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			got = append(got, copyMessage(m))
			return true
		})
		if err != nil {
			return err.Error()
		}
		if d := cmp.Diff(s.belong[k], got, same); d != "" {
			return d
		}
	}
	if n != a.Len() {
		return cmp.Diff(a.Len(), n)
	}
	return ""
}

func rowOf(id capture.ConnID, t *decode.Transaction) archive.Row {
	elapsed, _ := t.Elapsed()
	return archive.Row{
		Conn: id, N: t.N, Outcome: t.Outcome, Status: t.Status, Command: t.Command, User: t.User, Mailbox: t.Mailbox,
		Time: t.Time, Elapsed: elapsed, Octets: t.Octets, Lost: t.Lost,
		Literals: len(t.Literals) + t.MoreLits, Ambiguous: t.Ambiguous,
	}
}

// compareReplay replays all of it to another spy. A connection whose layers may still be
// opened is left out: what is passed on is not decided.
func (s *spy) compareReplay(a *archive.Archive, r *archive.Reader) string {
	again := newSpy()
	var ids []capture.ConnID
	for _, c := range s.conns {
		ids = append(ids, c.ID)
	}
	if err := r.Replay(context.Background(), sink{again}, ids...); err != nil {
		return err.Error()
	}
	for i, c := range s.conns {
		if x := a.Conn(i); x.Upgraded != 0 && !x.Closed {
			continue
		}
		want, got := s.told[c.ID], again.told[c.ID]
		if len(got) == len(want)+1 && !isClosed(want) && isClosed(got) {
			got = got[:len(want)] // it was open
		}
		if d := cmp.Diff(want, got, same); d != "" {
			return d
		}
	}
	return ""
}

func isClosed(told []capture.Event) bool {
	return len(told) > 0 && told[len(told)-1].Kind == capture.Closed
}
