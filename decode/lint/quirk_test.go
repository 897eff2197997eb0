package lint

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/samples/server"
)

// dialogue is what a client sends to a server that supports all of RFC 1176. The rest of
// a line that ends in {n} follows when the server has sent "+", or when the client has
// waited long enough.
var dialogue = []string{
	"a01 LOGIN fred {6}\r\n", "secret\r\n",
	"a02 NOOP\r\n",
	"a03 SELECT INBOX\r\n",
	"a04 FETCH 1:5 ALL\r\n",
	"a05 FETCH 2 (RFC822.HEADER RFC822.TEXT)\r\n",
	"a06 FETCH 2 RFC822\r\n",
	"a07 SEARCH ALL\r\n",
	"a08 STORE 2:4 +FLAGS (\\Deleted)\r\n",
	"a09 CHECK\r\n",
	"a10 EXPUNGE\r\n",
	"a11 CHECK\r\n",
	"a12 COPY 1 saved\r\n",
	"a13 FETCH 1:3 FLAGS\r\n",
	"a14 NOOP\r\n",
	"a15 LOGOUT\r\n",
}

// serve lints the dialogue with the sample server.
func serve(t *testing.T, quirks ...string) map[string]Severity {
	t.Helper()
	s, err := server.New(server.Options{Quirks: quirks})
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]Severity)
	l, err := New(Options{}, func(f Finding) {
		found[f.Rule.ID] = max(found[f.Rule.ID], f.Severity)
		t.Logf("%s %s at %d: %s", f.Rule.ID, f.Dir, f.Off, f.Message)
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Open(capture.Conn{ID: 1})
	d, x := decode.New(decode.Options{}), s.NewSession()
	now := time.Unix(0, 0)
	hear := func(b []byte) {
		now = now.Add(time.Millisecond)
		l.Events(1, d.Write(capture.ServerToClient, now, b))
	}
	hear(x.Greeting())
	for i := 0; i < len(dialogue); i++ {
		line := []byte(dialogue[i])
		l.Events(1, d.Write(capture.ClientToServer, now, line))
		answer, more := x.Write(line)
		hear(answer)
		if bytes.HasSuffix(line, []byte("}\r\n")) && !bytes.HasPrefix(answer, []byte("+")) {
			now = now.Add(5 * time.Second)
		}
		if !more {
			break
		}
	}
	l.Events(1, d.Close(now, capture.FIN))
	return found
}

// TestFaultlessServer checks that a server that follows RFC 1176 and a client that
// waits give no findings.
func TestFaultlessServer(t *testing.T) {
	for id, severity := range serve(t) {
		if severity > Note {
			t.Error(id)
		}
	}
}

// TestQuirks checks that each way in which the sample server can break a rule is found
// by that rule, unless it cannot be observed from outside.
func TestQuirks(t *testing.T) {
	want := map[string]string{
		"no-greeting": "S001", "greeting-not-ok": "S001", "no-ready": "S012", "late-ready": "S011", "other-tag": "S004",
		"silent": "S005", "no-status": "S003", "select-without-flags": "S006", "select-without-exists": "S006",
		"select-without-recent": "S006", "exists-shrinks": "S007", "silent-expunge": "S007", "expunge-beyond": "S008",
		"fetch-beyond": "S008", "logout-without-bye": "S009", "data-after-bye": "S025", "unexpected-ready": "S010",
		"wrong-literal-count": "S013", "wrong-size": "S014", "header-text-mismatch": "S015", "envelope-short": "S016",
		"no-defaults": "S018", "search-beyond": "S019", "missing-item": "S021", "bad-date": "S022", "obsolete-store": "S023",
		"empty-flags": "S034", "escape-sequences": "N005", "no-news": "",
	}
	faultless := serve(t)
	for _, q := range server.Quirks() {
		t.Run(q.Name, func(t *testing.T) {
			id, ok := want[q.Name]
			if !ok {
				t.Fatal("no rule is known for it")
			}
			found := serve(t, q.Name)
			_, before := faultless[id]
			if severity, ok := found[id]; id != "" && (!ok || before && severity == faultless[id]) {
				t.Errorf("%s: %s is not among %v", q.Doc, id, slices.Sorted(maps.Keys(found)))
			}
		})
	}
}
