package archive

import (
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// FuzzEntry: whatever stands in the spool, an entry is read without harm, and takes
// no more memory than its bytes account for.
func FuzzEntry(f *testing.F) {
	t0 := time.Date(1990, 8, 1, 12, 0, 0, 5, time.UTC)
	names := newNames()
	c := coder{names: &names, base: t0}
	add := func(k kind) {
		f.Add(byte(k), append([]byte(nil), c.b...))
		c.b = c.b[:0]
	}
	m := &decode.Message{Kind: decode.Untagged, Time: t0, End: t0, Len: 9, Word: "FETCH", Number: 3, Txn: &decode.Transaction{N: 1}}
	m.Raw = []byte("* 3 FETCH")
	m.Tag = m.Raw[:1]
	c.message(m, 7, true)
	add(messageEntry)
	t := &decode.Transaction{N: 1, Tag: "a", Command: "NOOP", Status: "OK", Time: t0, Data: []decode.Count{{Kind: "FETCH", N: 2}}, Secrets: []wire.Span{{Start: 1, End: 3}}, SecretTag: true}
	t.Request.Raw = []byte("a NOOP\r\n")
	c.transaction(t, request{})
	add(txnEntry)
	c.transaction(t, request{told: true, plain: true, pos: 5, n: 8})
	add(txnEntry)
	c.resync(&decode.Resync{Time: t0, Off: 1, Skipped: 2})
	add(resyncEntry)
	c.upgrade(&decode.Upgrade{To: decode.TLS, Time: t0})
	add(upgradeEntry)
	c.note(&decode.Note{Time: t0, Text: "remark"}, moment{3, 1})
	add(noteEntry)
	c.again(&decode.Again{Time: t0, Off: 9, From: -3, Octets: 5, Txn: t}, moment{3, 1})
	add(againEntry)
	c.half(&decode.HalfClosed{Time: t0, Cause: capture.RST}, moment{3, 1})
	add(halfEntry)
	c.closed(&decode.Closed{Time: t0}, moment{9, 1})
	add(closedEntry)
	f.Fuzz(func(t *testing.T, k byte, body []byte) {
		d := decoder{b: body, names: names.list, base: t0}
		switch kind(k) {
		case streamEntry:
			if c := d.stream(); c.n < 0 || c.lost < 0 {
				t.Error(c)
			}
		case messageEntry:
			var m decode.Message
			d.message(&m)
			if len(m.Literals) > len(body) || m.Kind.String() == "" {
				t.Error(m)
			}
		case txnEntry:
			var x decode.Transaction
			d.transaction(&x)
			if len(x.Literals)+len(x.Data)+len(x.Secrets)+len(x.Request.Raw) > len(body) || x.Outcome.String() == "" {
				t.Error(x)
			}
		case resyncEntry:
			d.resync()
		case upgradeEntry:
			_ = d.upgrade().To.String()
		case noteEntry:
			d.note()
		case againEntry:
			d.again()
		case halfEntry:
			e, _ := d.half()
			_ = e.Cause.String()
		case closedEntry:
			e, _ := d.closed()
			_ = e.Dialect.String() + e.Upgraded.String() + e.How()
		}
	})
}
